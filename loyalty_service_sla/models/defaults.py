"""What each company gets to start from: records of its own, once, that go when the addon goes."""


def suffix(company):
    """Return what the external ids of the defaults of a company end in: nothing for the first."""
    main = company.env.ref("base.main_company", raise_if_not_found=False)
    return "" if company == main else f"_{company.id}"


def find(company, name):
    """Return the default record of a company that is called ``name``, None if it has gone."""
    xml_id = f"loyalty_service_sla.{name}{suffix(company)}"
    return company.env.ref(xml_id, raise_if_not_found=False)


def unserved(model_sudo, companies, kind=()):
    """Return which of the companies, of all for None, have no record of a model.

    :param kind: a domain: what else counts as no record of this kind
    """
    model_sudo = model_sudo.with_context(active_test=False)
    domain = list(kind)
    if companies is None:
        companies = model_sudo.env["res.company"].search([("id", "!=", False)])
    else:
        domain.append(("company_id", "in", companies.ids))
    served = {company.id for [company] in model_sudo._read_group(domain, ["company_id"])}
    # sudo: whoever makes the defaults of these companies reads their names and hours.
    return companies.sudo().filtered(lambda company: company.id not in served)


def keep(company, records, names):
    """Give new records of a company their names in all languages, and their external ids.

    Odoo translates the records of the first company by their external ids, and no others.

    :param records: ``{name of the external id: record}``, what others refer to first: when the
        addon goes, they are deleted from the last to the first
    :param names: function that returns ``{name of the external id: name in the language of the
        environment it is given}``
    """
    # sudo: names and external ids of records that were just made for this company.
    env_sudo = company.sudo().env
    for code, _name in env_sudo["res.lang"].get_installed():
        if code == "en_US":
            continue
        for key, name in names(env_sudo(context={"lang": code})).items():
            records[key].update_field_translations("name", {code: name})
    env_sudo["ir.model.data"]._update_xmlids(
        [
            {
                "xml_id": f"loyalty_service_sla.{name}{suffix(company)}",
                "record": record,
                "noupdate": True,
            }
            for name, record in records.items()
        ]
    )
