from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, html2plaintext, plaintext2html
from odoo.tools.lru import LRU

from ..engine import anonymity
from ..engine import clock as clock_engine
from ..engine import similar as engine

#: So many of a client's latest solved tickets are looked through.
LATEST = 200

#: So many characters of what was asked then, and of the HTML that they are in.
SEARCHED, FETCHED = 1000, 10_000

#: What tickets are found by, as they were written last: of a dozen busy firms, a few megabytes.
_SOLVED = LRU(12 * LATEST)


class HelpdeskTicket(models.Model):
    """What was solved for one client helps the next one: as an answer that tells nothing of it."""

    _inherit = "helpdesk.ticket"

    loyalty_answer_ids = fields.One2many(
        "loyalty.service.sla.answer",
        "ticket_id",
        string="Answers Made from It",
        context={"active_test": False},
        readonly=True,
        groups="helpdesk_mgmt.group_helpdesk_user_own,loyalty_service.group_loyalty_manager",
    )

    def action_loyalty_publish_answer(self):
        """Open a proposal of an answer to edit; nothing is kept before somebody saves it."""
        self.ensure_one()
        if not self.closed:
            raise UserError(self.env._("Only what is solved becomes an answer. Close it first."))
        if self.loyalty_answer_ids:
            return self.action_view_loyalty_answers()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Publish as an Answer"),
            "res_model": "loyalty.service.sla.answer",
            "view_mode": "form",
            "context": {
                f"default_{name}": value
                for name, value in self._loyalty_prepare_answer_values().items()
            },
        }

    def action_view_loyalty_answers(self):
        """Open the answers that were made from this ticket."""
        self.ensure_one()
        answers = self.loyalty_answer_ids
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Answers"),
            "res_model": "loyalty.service.sla.answer",
            "context": {"active_test": False},
        }
        if len(answers) == 1:
            return {**action, "view_mode": "form", "res_id": answers.id}
        return {**action, "view_mode": "list,form", "domain": [("ticket_id", "=", self.id)]}

    def _loyalty_prepare_answer_values(self):
        """Return the values of a proposal: what was asked and last answered, anonymised."""
        self.ensure_one()
        facts = self._loyalty_get_client_facts()
        messages = self.message_ids.filtered(
            lambda message: self._loyalty_sla_get_message_kind(message) == clock_engine.RESPONSE
        ).sorted("date")
        text = html2plaintext(messages[-1:].body or "").strip()
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        lang = self.partner_id.lang
        return {
            "question": anonymity.hide(self.name, facts),
            "answer": str(plaintext2html(anonymity.hide(text, facts))),
            "lang": lang if lang in installed else self.env.lang,
            "category_id": self.category_id.id,
            "company_id": self.company_id.id,
            "ticket_id": self.id,
        }

    def _loyalty_get_client_facts(self):
        """Return what would tell the client of this ticket: its names and addresses."""
        self.ensure_one()
        # sudo: who writes an answer must not give away whom it may not look up; only the names
        # are compared with the text.
        ticket_sudo = self.sudo()
        company_sudo = ticket_sudo.commercial_partner_id
        people_sudo = company_sudo | company_sudo.child_ids | ticket_sudo.partner_id
        facts = [ticket_sudo.partner_name, ticket_sudo.partner_email, ticket_sudo.number]
        for partner in people_sudo:
            facts += [partner.name, partner.email, partner.phone, partner.vat]
        return list(dict.fromkeys(fact for fact in facts if fact))

    @api.model
    def _loyalty_find_similar_solved(self, question, limit):
        """Return the solved tickets of the reader's own firm that are similar to a question.

        With the reader's own rights. They are few, so nothing is stored to find them by; what was
        read of them is kept, as the same reader asks again at each pause in typing.
        """
        if not engine.asked(question):
            return []
        firm = self.env.user.partner_id.commercial_partner_id
        tickets = self.search_fetch(
            [("closed", "=", True), ("commercial_partner_id", "=", firm.id)],
            ["name", "write_date"],
            order="closed_date DESC, id DESC",
            limit=LATEST,
        )
        texts = tickets._loyalty_get_solved_terms()
        return [ticket for ticket, _coverage in engine.rank_terms(question, texts, limit)]

    def _loyalty_get_solved_terms(self):
        """Return ``{ticket: what it is found by}``, of tickets that the user may read."""
        keys = {ticket: (self.env.cr.dbname, ticket.id, ticket.write_date) for ticket in self}
        found = {ticket: _SOLVED.get(key) for ticket, key in keys.items()}
        missing = self.browse(ticket.id for ticket, terms in found.items() if terms is None)
        if missing:
            missing.flush_recordset(["description"])
            # Only the beginning: a mail may hold pictures of many megabytes in its text.
            rows = self.env.execute_query(
                SQL(
                    "SELECT id, LEFT(description, %s) FROM helpdesk_ticket WHERE id = ANY(%s)",
                    FETCHED,
                    missing.ids,
                )
            )
            for ticket_id, html in rows:
                ticket = self.browse(ticket_id)
                text = html2plaintext(html or "")[:SEARCHED]
                found[ticket] = _SOLVED[keys[ticket]] = engine.terms(ticket.name, text)
        return {ticket: terms for ticket, terms in found.items() if terms is not None}
