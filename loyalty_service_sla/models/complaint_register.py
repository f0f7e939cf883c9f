from odoo import models
from odoo.tools.misc import format_amount, format_date, format_datetime, formatLang

from odoo.addons.loyalty_service.engine import sheet

#: A cell in which nothing stands: text, number, key.
EMPTY = ("", None, None)


class Complaint(models.Model):
    """The register on paper and as a spreadsheet: what a reader of ISO 10002 asks for."""

    _inherit = "loyalty.service.complaint"

    def action_register_sheet(self):
        """Return the download of the complaints in ``self`` as a spreadsheet."""
        return {
            "type": "ir.actions.client",
            "tag": "loyalty_service_sla_register",
            "params": {
                "url": "/loyalty_service_sla/complaints.xlsx",
                "data": {"ids": ",".join(map(str, self.ids))},
            },
        }

    def _spreadsheet(self):
        return sheet.write(self._prepare_register())

    def _prepare_register(self):
        """Return the register as what the spreadsheet and the page are written from.

        See ``engine.sheet.write``: cells are (text, number or None, key).
        """
        listed = self.sorted("received_date")
        # What turned out to be none is listed, and counted apart.
        complaints = listed.filtered("active")
        closed = complaints.filtered("closed_date")
        rated = complaints.filtered("rating")
        asked = complaints.filtered(lambda one: one.answer in ("confirmed", "lapsed"))
        agreed = complaints.filtered(lambda one: one.answer == "confirmed")
        ours = complaints.filtered("is_ours")
        by_company = complaints.grouped("company_id")
        paid = " + ".join(
            format_amount(
                self.env,
                sum(one._get_approved_amount() for one in of_company),
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
            "subtitle": self._get_register_subtitle(listed),
            "sections": [
                {
                    "title": self.env._("Summary"),
                    "headline": False,
                    "charts": [],
                    "notes": [],
                    "tiles": [
                        {
                            "label": self.env._("Complaints"),
                            "value": str(len(complaints)),
                            "note": self.env._("%s open", len(complaints - closed)),
                        },
                        *listed._get_register_withdrawn(),
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
                    "tables": [complaints._get_register_categories()],
                },
                {
                    "title": self.env._("Complaints"),
                    "headline": False,
                    "charts": [],
                    "notes": [],
                    "tiles": [],
                    "tables": [listed._get_register_table()],
                },
            ],
        }

    def _get_register_withdrawn(self):
        """Return the tile of those that turned out to be none, if there are any."""
        withdrawn = self.filtered(lambda one: not one.active)
        if not withdrawn:
            return []
        return [
            {
                "label": self.env._("Withdrawn"),
                "value": str(len(withdrawn)),
                "note": self.env._("no complaint after all, not counted"),
            }
        ]

    def _get_register_state(self, words):
        """Return how it stands with a complaint; if it is none, who said so and why."""
        if self.active:
            return words[self.state]
        # sudo: everybody may know who withdrew it; of the users only the names are read.
        self_sudo = self.sudo()
        approved_by = self_sudo.withdrawal_user_id.name
        parts = [
            self_sudo.withdrawn_user_id.name,
            self.withdrawn_reason,
            approved_by and self.env._("approved by %s", approved_by),
        ]
        return ": ".join([self.env._("Withdrawn"), ", ".join(filter(None, parts))])

    def _get_register_table(self):
        """Return one row for each complaint, and what can be added up of them."""
        columns = self._get_register_columns()
        totals = {"reopened_count": sum(self.mapped("reopened_count"))}
        # Amounts of several currencies have no sum.
        if len(self.company_id.currency_id) == 1:
            totals["compensation_amount"] = sum(one._get_approved_amount() for one in self)
        return {
            "title": self.env._("Complaints"),
            "columns": [label for _name, label, _cell in columns],
            "rows": [
                {"label": one.ticket_id.number, "cells": [cell(one) for *_name, cell in columns]}
                for one in self
            ],
            "total": {
                "label": self.env._("Total: %s", len(self)),
                "cells": [
                    self._get_register_total(name, totals.get(name)) for name, *_rest in columns
                ],
            },
        }

    def _get_register_total(self, name, total):
        if total is None:
            return EMPTY
        if name == "compensation_amount":
            return format_amount(self.env, total, self.company_id.currency_id), total, None
        return str(total), total, None

    def _get_register_categories(self):
        """Return how many complaints there are of each kind, and what became of them."""

        def row(label, complaints):
            closed = complaints.filtered("closed_date")
            days = sum(closed.mapped("days")) / len(closed) if closed else None
            counts = [
                len(complaints),
                len(complaints - closed),
                len(complaints.filtered("is_ours")),
            ]
            return {
                "label": label,
                "cells": [
                    *((str(count), count, None) for count in counts),
                    ("-", None, None)
                    if days is None
                    else (formatLang(self.env, days, 1), round(days, 1), None),
                ],
            }

        unknown = self.env._("No category yet")
        by_category = self.grouped("category_id")
        return {
            "title": self.env._("By category"),
            "columns": [
                self.env._("Complaints"),
                self.env._("Open"),
                self.env._("Our fault"),
                self.env._("Days until closed"),
            ],
            "rows": [
                row(category.name or unknown, by_category[category])
                for category in sorted(by_category, key=lambda one: -len(by_category[one]))
            ],
            "total": row(self.env._("Total"), self),
        }

    def _get_approved_amount(self):
        """Return what the client gets in money, 0 as long as nobody has approved it."""
        self.ensure_one()
        return self.compensation_amount if self.compensation_state == "approved" else 0

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
        """Return ``[(name, label, function of a complaint that returns a cell), ...]``."""
        words = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("state", "severity", "answer", "rating")
        }

        def column(name, cell):
            return name, self._fields[name]._description_string(self.env), cell

        def text(name):
            return column(name, lambda one: (one[name].display_name or "", None, None))

        def word(name):
            return column(name, lambda one: (words[name].get(one[name], ""), None, None))

        def day(name):
            def cell(one):
                date = one[name] and one.company_id._loyalty_day(one[name])
                return (format_date(self.env, date), date, None) if date else EMPTY

            return column(name, cell)

        def amount(one):
            paid = one._get_approved_amount()
            return (format_amount(self.env, paid, one.currency_id), paid, None) if paid else EMPTY

        return [
            day("received_date"),
            # sudo: who reads a complaint reads its title; who may not read tickets, no more.
            ("subject", self.env._("Subject"), lambda one: (one.sudo().ticket_id.name, None, None)),
            text("partner_id"),
            text("category_id"),
            word("severity"),
            column("state", lambda one: (one._get_register_state(words["state"]), None, None)),
            day("acknowledged_date"),
            text("root_cause_id"),
            column("solution", lambda one: (one.solution or "", None, None)),
            column("compensation_amount", amount),
            word("answer"),
            word("rating"),
            day("closed_date"),
            column(
                "reopened_count", lambda one: (str(one.reopened_count), one.reopened_count, None)
            ),
        ]
