"""./dev/odoo ...: Odoo's command line, with the database server up for its time."""

from .. import postgres, server


def main(arguments: list[str]) -> int:
    with postgres.server():
        return server.foreground(server.command(*arguments), env=server.environment())
