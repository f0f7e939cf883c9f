"""Requests to the server that really runs: in threads, with connections and commits of its own."""

import time
from concurrent.futures import ThreadPoolExecutor

import requests
from lxml import html

from odoo.tests.common import HOST
from odoo.tools import SQL, config

TIMEOUT = 60


class Visitor(requests.Session):
    """A browser without a screen: it keeps its cookies and sends forms as they stand."""

    def __init__(self, login=None):
        super().__init__()
        self.trust_env = False  # no proxy stands before this machine
        if login:
            url, fields = self.form("/web/login", "//form[@action='/web/login']")
            self.send_form(url, {**fields, "login": login, "password": login})

    def request(self, method, url, **options):
        address = url if url.startswith("http") else f"http://{HOST}:{config['http_port']}{url}"
        return super().request(method, address, **{"timeout": TIMEOUT, **options})

    def form(self, url, where="//form[@method='post'][contains(@action, '/my/loyalty')]"):
        """Return address and fields of the form of a page."""
        [form] = html.fromstring(self.get(url).text).xpath(where)
        return form.action, {field.name: field.value or "" for field in form.inputs if field.name}

    def send_form(self, url, fields):
        answer = self.post(url, data=fields)
        answer.raise_for_status()
        return answer


def told(answer):
    """Return what stands on a page, in one line."""
    return " ".join(html.fromstring(answer.text).text_content().split())


def meeting(registry, table, ids, *calls):
    """Carry out ``calls``, each in a thread; return what they answer.

    They are let go when all of them have come to wait for the rows, or for one that does: that
    they meet is sure, not luck.
    """
    with ThreadPoolExecutor(len(calls)) as pool:
        with registry.cursor() as cr:
            rows = SQL("SELECT id FROM %s WHERE id IN %s", SQL.identifier(table), tuple(ids))
            cr.execute(SQL("%s FOR UPDATE", rows))
            asked = [pool.submit(call) for call in calls]
            _wait_until_waiting(registry, asked)
        return [answer.result(TIMEOUT) for answer in asked]


def _wait_until_waiting(registry, asked):
    deadline = time.monotonic() + TIMEOUT
    waiting = 0
    while time.monotonic() < deadline:
        # Each look is a transaction of its own: within one PostgreSQL says the same again.
        with registry.cursor() as cr:
            cr.execute(
                "SELECT COUNT(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            [waiting] = cr.fetchone()
        if waiting >= len(asked):
            return
        for answer in asked:
            if answer.done():
                raise AssertionError(f"did not wait: {answer.result().text}")
        time.sleep(0.05)
    raise AssertionError(f"{waiting} of {len(asked)} wait")
