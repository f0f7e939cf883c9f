from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .. import letters
from ..batch import do_claimed, work_off
from ..bulk import insert, reserve_ids
from .loyalty_program_tiers import BASES

BATCH = 200


class TierChange(models.Model):
    """One step of a client up or down the tiers, and why."""

    _name = "loyalty.service.tier.change"
    _description = "Tier Change"
    _order = "date desc, id desc"
    _rec_name = "client_id"

    client_id = fields.Many2one(
        "loyalty.service.client", required=True, index=True, ondelete="cascade", readonly=True
    )
    partner_id = fields.Many2one(
        related="client_id.partner_id", string="Company", store=True, index=True
    )
    company_id = fields.Many2one(
        related="client_id.company_id", string="Served by", store=True, index=True
    )
    from_tier_id = fields.Many2one(
        "loyalty.service.tier", index="btree_not_null", ondelete="restrict", readonly=True
    )
    to_tier_id = fields.Many2one(
        "loyalty.service.tier", index="btree_not_null", ondelete="restrict", readonly=True
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now, index=True, readonly=True)
    reason = fields.Selection(
        [
            ("entered", "Became a client"),
            ("raised", "Reached it"),
            ("lowered", "Fell short until the review"),
            ("ladder", "The tiers were changed"),
            ("override", "Given by us"),
            ("override_ended", "What we had given ended"),
            ("contest", "Kept after an objection"),
        ],
        required=True,
        readonly=True,
    )
    basis = fields.Selection(BASES, required=True, default="points", readonly=True)
    qualifying_points = fields.Float(digits=(16, 2), readonly=True, string="Counted")
    figure_text = fields.Char(string="With", compute="_compute_figure_text")
    override_id = fields.Many2one(
        "loyalty.service.tier.override", index="btree_not_null", ondelete="restrict", readonly=True
    )
    note = fields.Char(related="override_id.reason", string="Why")
    user_id = fields.Many2one(related="override_id.user_id", string="Decided by")
    to_congratulate = fields.Boolean(readonly=True, help="An e-mail to the client is due.")

    _to_congratulate_idx = models.Index("(id) WHERE to_congratulate")

    @api.model_create_multi
    def create(self, vals_list):
        changes = super().create(vals_list)
        self._congratulate_soon(vals_list)
        return changes

    @api.model
    def _insert(self, vals_list):
        """Add steps in one statement: a batch of events may lift thousands of clients.

        :param vals_list: dicts with a value for each stored field but the date, which is now,
            and the columns of the log
        """
        if not vals_list:
            return
        now = self.env.cr.now()
        columns = {name: [vals[name] for vals in vals_list] for name in vals_list[0]}
        columns["qualifying_points"] = [round(value, 2) for value in columns["qualifying_points"]]
        columns["id"] = reserve_ids(self.env, self._table, len(vals_list))
        for name, value in (
            ("date", fields.Datetime.now()),
            ("create_uid", self.env.uid),
            ("create_date", now),
            ("write_uid", self.env.uid),
            ("write_date", now),
        ):
            columns[name] = [value] * len(vals_list)
        insert(self, columns)
        self.env["loyalty.service.client"].browse(columns["client_id"]).invalidate_recordset(
            ["tier_change_ids"], flush=False
        )
        self._congratulate_soon(vals_list)

    @api.model
    def _congratulate_soon(self, vals_list):
        if any(vals.get("to_congratulate") for vals in vals_list):
            # sudo: whoever made the client earn its tier; the action sends what is due.
            cron = self.env.ref("loyalty_service.ir_cron_congratulate", raise_if_not_found=False)
            # Nobody misses a tier for want of this scheduled action.
            if cron:
                cron.sudo()._trigger()

    @api.depends("basis", "qualifying_points")
    @api.depends_context("lang")
    def _compute_figure_text(self):
        say = self.env["loyalty.program"]._figure_text
        for change in self:
            change.figure_text = say(change.basis, change.qualifying_points, change.company_id)

    def write(self, vals):
        if set(vals) - {"partner_id", "company_id", "to_congratulate"}:
            raise UserError(self.env._("The history of tiers cannot be changed."))
        return super().write(vals)

    def _told_reason(self):
        """Say to the client why its tier changed. What staff wrote for themselves stays theirs."""
        self.ensure_one()
        return {
            "entered": self.env._("You became a client"),
            "raised": self.env._("You reached it with %s", self.figure_text),
            "lowered": self.env._("At the review you had %s", self.figure_text),
            "ladder": self.env._("We changed our tiers"),
            "override": self.env._("Agreed with you"),
            "override_ended": self.env._("What we had agreed ended"),
            "contest": self.env._("We accepted your objection"),
        }[self.reason]

    def _is_down(self):
        """Tell whether the step led downwards, by what the tiers need today."""
        self.ensure_one()
        return not self.to_tier_id or self.to_tier_id.threshold < self.from_tier_id.threshold

    @api.model
    def _last_of(self, clients):
        """Return ``{client id: its latest change}``, in one statement."""
        self.flush_model(["client_id", "date"])
        ids = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (client_id) id
                  FROM loyalty_service_tier_change
                 WHERE client_id IN %s
              ORDER BY client_id, date DESC, id DESC
                """,
                tuple(clients.ids) or (0,),
            )
        )
        return {change.client_id.id: change for change in self.browse(row[0] for row in ids)}

    # ------------------------------------------------------------------
    # Congratulations
    # ------------------------------------------------------------------

    @api.model
    def _cron_congratulate(self):
        due = self.search([("to_congratulate", "=", True)], order="id")
        work_off(due, lambda changes: changes._congratulate_due(), BATCH)

    def _congratulate_due(self):
        """Write to the clients of those in ``self`` that nobody else writes to: once."""
        do_claimed(
            self,
            lambda changes: changes._congratulate(),
            lambda changes: changes.filtered("to_congratulate"),
            lambda change, _error: change.write({"to_congratulate": False}),
        )

    def _congratulate(self):
        """Put a mail for each into the outgoing queue, if the client still has the tier."""
        self.to_congratulate = False
        current = self.filtered(
            lambda change: (
                change.to_tier_id == change.client_id.tier_id
                and change.client_id.active
                and change.client_id.mail_partner_id
            )
        )
        # Without the template, which somebody deleted, there is nothing to send.
        template = self.env.ref("loyalty_service.mail_template_tier_reached", False)
        letters.send(template, current, **letters.PERSONAL)
