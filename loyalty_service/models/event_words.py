import json

from odoo import api, fields, models
from odoo.exceptions import AccessError


class Event(models.Model):
    """Summaries that the system makes: each reader has them in its own language, for good.

    What a person writes is kept as it was written. What the system says of an event names
    records, such as a service or a survey, that may be gone one day: so the event keeps the words
    of all languages itself.
    """

    _inherit = "loyalty.service.event"

    # JSON as text, a plain column like the others: events are inserted by the thousand, and those
    # of one source share their texts.
    summary_texts = fields.Text(
        string="Summary in Each Language",
        readonly=True,
        help="What the system says in the summary, by language. Empty where it says the same in "
        "all, and where a person has written it.",
    )

    @api.model
    def _settle_words(self, vals):
        """Return what stands for a summary that the system has made, as values of fields.

        ``summary`` may be made by ``LazyTranslate``, or be a record and the name of its field.
        The one text, by which people search and rules choose, is in the language of the firm.
        """
        # sudo: the language of the company that the caller names.
        company_sudo = self.env["res.company"].sudo().browse(vals.get("company_id"))
        company_sudo = company_sudo or self.env.company.sudo()
        texts = company_sudo._loyalty_texts(vals["summary"])
        own = texts.get(company_sudo._loyalty_lang()) or next(filter(None, texts.values()), False)
        told = {code: text for code, text in texts.items() if text}
        return {
            "summary": own,
            "summary_texts": (
                json.dumps(told, ensure_ascii=False, sort_keys=True)
                if len(set(told.values())) > 1
                else False
            ),
        }

    @api.model
    def _word_summary(self, summary, texts):
        """Return a summary in the language of the reader.

        :param texts: value of ``summary_texts``
        """
        return (texts and json.loads(texts).get(self.env.lang)) or summary

    def _check_allowed(self):
        """What people write has one text."""
        result = super()._check_allowed()
        if not self.env.su and any(self.mapped("summary_texts")):
            raise AccessError(
                self.env._("Only the system records what follows from another record.")
            )
        return result
