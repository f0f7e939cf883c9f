from odoo import api, fields, models

from ..columns import rows

# Kinds of events of which staff write down, for themselves, what was said.
TALKS = ("contact", "meeting", "complaint", "praise")


class Event(models.Model):
    """What the client may read of what happened with it."""

    _inherit = "loyalty.service.event"

    client_summary = fields.Char(compute="_compute_client_summary", string="Summary for the Client")

    @api.depends("summary", "summary_texts", "type_id", "res_model", "res_id")
    @api.depends_context("lang")
    def _compute_client_summary(self):
        """Say what a client may read, in the portal or a mail, in the reader's language.

        The line that staff write about a talk with the client is theirs. An agreement is named
        by its service as that is called today or, once it is gone, as it was called then.
        """
        told = self._client_summaries()
        for event in self:
            event.client_summary = told.get(event.id, False)

    def _client_summaries(self):
        """Return ``{event id: what its client may read}``, without those that say nothing."""
        Agreement = self.env["loyalty.service.agreement"]
        columns = rows(self, "kind", "type_id", "summary", "summary_texts", "res_model", "res_id")
        # sudo: the name of the service in the client's own event, and nothing else of it.
        agreements_sudo = (
            Agreement.sudo()
            .browse(
                {res_id for *_told, model, res_id in columns if res_id and model == Agreement._name}
            )
            .exists()
        )
        services = {agreement.id: agreement._get_service_name() for agreement in agreements_sudo}
        by_hand = set(self.type_id.filtered("manual").ids)
        result = {}
        for event_id, (kind, type_id, summary, texts, model, res_id) in zip(
            self._ids, columns, strict=True
        ):
            if kind in TALKS and type_id in by_hand:
                continue
            named = services.get(res_id) if model == Agreement._name else None
            told = named or self._word_summary(summary, texts)
            if told:
                result[event_id] = told
        return result
