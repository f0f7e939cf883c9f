"""Generate the scripts and styles of all pages ahead, so that the first page opens at once."""


def prepare(env) -> None:
    for language in env["res.lang"].search([]).mapped("code"):
        env["ir.qweb"].with_context(lang=language)._pregenerate_assets_bundles()
