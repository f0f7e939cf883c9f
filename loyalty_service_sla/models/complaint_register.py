from odoo import models
from odoo.tools.misc import format_amount, format_date, format_datetime, formatLang

from odoo.addons.loyalty_service.engine import sheet


class Complaint(models.Model):
    """The register on paper and as a spreadsheet: what a reader of ISO 10002 asks for."""

    _inherit = "loyalty.service.complaint"

    def action_register_sheet(self):
        """Return the download of the complaints in ``self`` as a spreadsheet."""
        return {
            "type": "ir.actions.act_url",
            "url": f"/loyalty_service_sla/complaints.xlsx?ids={','.join(map(str, self.ids))}",
            "target": "download",
        }

    def _spreadsheet(self):
        return sheet.write(self._prepare_register())

    def _prepare_register(self):
        """Return the register as what the spreadsheet and the page are written from.

        See ``engine.sheet.write``: cells are (text, number or None, key).
        """
        complaints = self.sorted("received_date")
        columns = self._get_register_columns()
        closed = complaints.filtered("closed_date")
        rated = complaints.filtered("rating")
        asked = complaints.filtered(lambda one: one.answer in ("confirmed", "lapsed"))
        agreed = complaints.filtered(lambda one: one.answer == "confirmed")
        ours = complaints.filtered("is_ours")
        by_company = complaints.grouped("company_id")
        paid = " + ".join(
            format_amount(
                self.env,
                sum(
                    of_company.filtered(lambda one: one.compensation_state == "approved").mapped(
                        "compensation_amount"
                    )
                ),
                company.currency_id,
            )
            for company, of_company in by_company.items()
        )

        def mean(values):
            return formatLang(self.env, sum(values) / len(values), 1) if values else "-"

        def of(count, whole):
            return f"{count} / {whole}"

        return {
            "title": self.env._("Complaint Register"),
            "subtitle": self._get_register_subtitle(complaints),
            "sections": [
                {
                    "title": self.env._("Complaints"),
                    "headline": False,
                    "charts": [],
                    "notes": [],
                    "tiles": [
                        {
                            "label": self.env._("Complaints"),
                            "value": str(len(complaints)),
                            "note": self.env._("%s open", len(complaints - closed)),
                        },
                        {
                            "label": self.env._("Our fault"),
                            "value": of(len(ours), len(complaints.filtered("root_cause_id"))),
                            "note": self.env._("of those with a root cause"),
                        },
                        {
                            "label": self.env._("Days until closed"),
                            "value": mean(closed.mapped("days")),
                            "note": self.env._("mean of %s", len(closed)),
                        },
                        {
                            "label": self.env._("Client agreed"),
                            "value": of(len(agreed), len(asked)),
                            "note": self.env._("of those closed"),
                        },
                        {
                            "label": self.env._("Rating"),
                            "value": mean(rated.mapped("rating_value")),
                            "note": self.env._("1 to 5, mean of %s", len(rated)),
                        },
                        {
                            "label": self.env._("Compensation"),
                            "value": paid or "-",
                            "note": self.env._("approved"),
                        },
                    ],
                    "tables": [
                        {
                            "title": self.env._("Complaints"),
                            "columns": [label for label, _cell in columns],
                            "rows": [
                                {
                                    "label": one.ticket_id.number,
                                    "cells": [cell(one) for _label, cell in columns],
                                }
                                for one in complaints
                            ],
                            "total": {"label": "", "cells": []},
                        }
                    ],
                }
            ],
        }

    def _get_register_subtitle(self, complaints):
        if not complaints:
            return ""
        return self.env._(
            "Received from %(start)s to %(stop)s, as of %(now)s",
            start=format_date(self.env, complaints[0].received_date),
            stop=format_date(self.env, complaints[-1].received_date),
            now=format_datetime(
                self.env, self.env.cr.now().replace(tzinfo=None), dt_format="short"
            ),
        )

    def _get_register_columns(self):
        """Return ``[(label, function of a complaint that returns a cell), ...]``."""
        words = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("state", "severity", "answer", "rating")
        }

        def label(name):
            return self._fields[name]._description_string(self.env)

        def text(name):
            return lambda one: (one[name].display_name or "", None, None)

        def word(name):
            return lambda one: (words[name].get(one[name], ""), None, None)

        def day(name):
            return lambda one: (
                format_date(self.env, one[name]) if one[name] else "",
                None,
                None,
            )

        return [
            (label("received_date"), day("received_date")),
            # sudo: who reads a complaint reads its title; who may not read tickets, no more.
            (
                self.env._("Subject"),
                lambda one: (one.sudo().ticket_id.name, None, None),
            ),
            (label("partner_id"), text("partner_id")),
            (label("category_id"), text("category_id")),
            (label("severity"), word("severity")),
            (label("state"), word("state")),
            (label("acknowledged_date"), day("acknowledged_date")),
            (label("root_cause_id"), text("root_cause_id")),
            (label("solution"), lambda one: (one.solution or "", None, None)),
            (
                label("compensation_amount"),
                lambda one: (
                    format_amount(self.env, one.compensation_amount, one.currency_id)
                    if one.compensation_state == "approved" and one.compensation_amount
                    else "",
                    one.compensation_amount
                    if one.compensation_state == "approved" and one.compensation_amount
                    else None,
                    None,
                ),
            ),
            (label("answer"), word("answer")),
            (label("rating"), word("rating")),
            (label("closed_date"), day("closed_date")),
            (
                label("reopened_count"),
                lambda one: (str(one.reopened_count), one.reopened_count, None),
            ),
        ]
