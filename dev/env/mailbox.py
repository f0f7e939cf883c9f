"""A mail server for the demo that sends nothing: each mail becomes a file in `.dev/mail`."""

import email
import email.policy
import re
import socketserver
import threading
import time
from contextlib import contextmanager

from .paths import DEV

FOLDER = DEV / "mail"


class Conversation(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as Odoo speaks."""

    def handle(self) -> None:
        self._say("220 mailbox")
        for line in self.rfile:
            verb = line[:4].upper().strip()
            if verb == b"QUIT":
                self._say("221 bye")
                return
            if verb == b"DATA":
                self._say("354 go on")
                self._keep()
            self._say("250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def _keep(self) -> None:
        lines = []
        for line in self.rfile:
            if line in (b".\r\n", b".\n"):
                break
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        content = b"".join(lines)
        mail = email.message_from_bytes(content, policy=email.policy.default)
        words = re.sub(r"[^\w@.-]+", " ", f"{mail['To']} {mail['Subject']}").strip()[:100]
        moment = time.strftime("%Y-%m-%d %H.%M.%S")
        (FOLDER / f"{moment} {time.monotonic_ns() % 1_000_000:06} {words}.eml").write_bytes(content)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


@contextmanager
def mailbox():
    """A mail server for the time of the block; answers its port and a function that starts it.

    It is started by the caller, after its other programs: a thread in this process is not to be
    there when one is forked.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Server(("127.0.0.1", 0), Conversation) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        try:
            yield server.server_address[1], thread.start
        finally:
            if thread.is_alive():
                server.shutdown()
