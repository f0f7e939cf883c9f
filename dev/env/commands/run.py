"""./dev/run [--fresh]: the demo firm in a browser, at http://localhost:8069 (or PORT)."""

import json
import socket
import time
import urllib.error
import urllib.request

from .. import database, postgres, server
from ..lock import locked
from ..mailbox import FOLDER, mailbox
from ..paths import ADDONS, DEV
from ..progress import Failure, Step, say

NAME = "loyalty_demo"
BUILDING = "loyalty_demo_building"  # renamed when complete, so a half-built one is never used
STATE = DEV / "demo.json"
START_SECONDS = 120


def main(arguments: list[str]) -> int:
    if set(arguments) - {"--fresh"}:
        raise Failure("Usage: [PORT=8069] ./dev/run [--fresh]   (--fresh rebuilds the demo)")
    _check_port()
    with postgres.server(), locked(DEV / "demo.lock", "using the demo database"):
        state = _prepare("--fresh" in arguments)
        return _serve(state)


def _check_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((server.host(), server.port()))
        except OSError as error:
            raise Failure(
                f"Port {server.port()} cannot be used ({error.strerror}). Stop the program that "
                f"uses it, or choose another: PORT={server.port() + 1} ./dev/run"
            ) from error


def _prepare(fresh: bool) -> dict:
    """Make the demo database, or bring an older one up to the addons of today."""
    database.drop(BUILDING)
    state = json.loads(STATE.read_text()) if STATE.exists() else {}
    if fresh or not state or not database.exists(NAME):
        return _build()
    key = database.template_key()
    if state["addons"] != key:
        database.install(
            NAME,
            list(ADDONS),
            "The addons changed: updating the demo database (--fresh rebuilds it)",
            "demo-update",
            f"--update={','.join(ADDONS)}",
        )
        state["addons"] = key
        STATE.write_text(json.dumps(state))
    return state


def _build() -> dict:
    STATE.unlink(missing_ok=True)
    say("The demo firm lives through two years: about 8 minutes, this once.")
    with locked(database.LOCK, "building the test database"):
        database.copy(database.template(), BUILDING)
        key = database.template_key()
    result = database.call(
        BUILDING, "tests.generators.demo_firm:load", "Loading the demo firm", "demo-firm"
    )
    database.call(BUILDING, "dev.env.assets:prepare", "Preparing the pages", "demo-pages")
    database.rename(BUILDING, NAME)
    state = {"addons": key, "logins": result["logins"]}
    STATE.write_text(json.dumps(state))
    return state


def _serve(state: dict) -> int:
    address = f"http://localhost:{server.port()}"
    database.set_parameters(
        NAME,
        web__base__url=address,
        report__url=f"http://127.0.0.1:{server.port()}",  # where the PDF program finds its CSS
    )
    with mailbox() as (mail_port, start_mailbox):
        command = server.command(
            f"--database={NAME}",
            f"--db-filter=^{NAME}$",
            "--no-database-list",
            f"--http-port={server.port()}",
            f"--http-interface={server.host()}",
            *("--smtp=127.0.0.1", f"--smtp-port={mail_port}"),
            "--log-handler=odoo.addons.base.models.ir_cron:WARNING",  # each run of each job else
        )
        with server.running(command, env=server.environment()) as odoo:
            start_mailbox()
            with Step("Starting Odoo"):
                _wait_until_it_answers(odoo, f"http://127.0.0.1:{server.port()}/web/login")
            say(f"\n  {address}\n")
            say(f"  {'login':<12} {'password':<12}")
            for who, login, password in state["logins"]:
                say(f"  {login:<12} {password:<12} {who}")
            say(f"\n  Mails are not sent, they are files in {FOLDER}.")
            say("  Ctrl-C stops it. ./dev/run --fresh rebuilds the demo firm.\n")
            return odoo.wait()


def _wait_until_it_answers(odoo, address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and odoo.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=START_SECONDS).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise Failure("Odoo does not start; the lines above say why. ./dev/run --fresh rebuilds all.")
