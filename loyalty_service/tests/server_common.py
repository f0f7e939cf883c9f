"""Requests to the server that really runs: in threads, with connections and commits of its own."""

import requests
from lxml import html

from odoo.tests.common import HOST
from odoo.tools import config

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
