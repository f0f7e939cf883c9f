from odoo import api, fields, models
from odoo.tools import SQL

from .loyalty_program import MANAGER

ACTIVITY = "mail.mail_activity_data_warning"
# Points are kept in hundredths; what lies below half of one is how a computer writes numbers.
TOLERANCE = 0.005


class LedgerCheck(models.Model):
    """Whether the points on the cards of a programme are what its ledger adds up to.

    Every way to change points books a move. Should one be found that does not, or should
    somebody write into the database, managers are told, and decide. Nothing is corrected here:
    which of the two figures is right, no program can know.
    """

    _name = "loyalty.service.ledger.check"
    _description = "Check of the Points Ledger"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _rec_name = "program_id"
    _order = "differing desc, program_id"
    # Who reads it may do the activity that it asks for.
    _mail_post_access = "read"

    program_id = fields.Many2one(
        "loyalty.program", string="Programme", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True, index=True)
    checked_on = fields.Datetime(readonly=True)
    cards = fields.Integer(string="Accounts", readonly=True, help="How many were compared.")
    differing = fields.Integer(
        readonly=True, help="Accounts whose balance is not the sum of their moves."
    )
    difference_ids = fields.One2many(
        "loyalty.service.ledger.difference", "check_id", string="Differences", readonly=True
    )
    result_text = fields.Char(string="Result", compute="_compute_result_text")

    _program_unique = models.UniqueIndex("(program_id)", "A programme has one check.")

    @api.depends("differing")
    @api.depends_context("lang")
    def _compute_result_text(self):
        for check in self:
            check.result_text = (
                check._differing_text() if check.differing else check.env._("All agree")
            )

    def _differing_text(self):
        if self.differing == 1:
            return self.env._("1 points account differs from its ledger")
        return self.env._("%s points accounts differ from their ledger", self.differing)

    @api.model
    def _cron_check(self):
        checks = self._check_all()
        # Programmes that keep no ledger any more have nothing to compare.
        self.search([("id", "not in", checks.ids)]).unlink()

    def action_check_now(self):
        """Compare now, as it is done once a day."""
        self.check_access("read")
        # sudo: what the check finds is the system's to write; nothing else is.
        self.sudo()._check_all(self.program_id)
        return True

    @api.model
    def _check_all(self, programs=None):
        """Compare all accounts, as one set, and tell managers of what does not agree.

        :param programs: only the accounts of these
        """
        found = self._compare(programs)
        checks = self.search([("program_id", "in", list(found))])
        missing = found.keys() - set(checks.program_id.ids)
        checks += self.create([{"program_id": program_id} for program_id in sorted(missing)])
        for check in checks:
            check._note(*found[check.program_id.id])
        return checks

    @api.model
    def _compare(self, programs=None):
        """Return ``{program id: (number of cards, {card id: (points, sum of the moves)})}``.

        One statement, which sees cards and moves as of one moment: no booking is half in it.
        """
        self.env["loyalty.card"].flush_model(["points", "service_points", "program_id"])
        self.env["loyalty.service.move"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT card.program_id, COUNT(*),
                       json_agg(json_build_array(
                           card.id, COALESCE(card.points, 0), COALESCE(booked.points, 0)
                       )) FILTER (
                           WHERE ABS(COALESCE(card.points, 0) - COALESCE(booked.points, 0)) >= %s
                       )
                  FROM loyalty_card card
             LEFT JOIN (
                       SELECT card_id, SUM(points)::float8 AS points
                         FROM loyalty_service_move
                     GROUP BY card_id
                       ) booked ON booked.card_id = card.id
                 WHERE card.service_points AND %s
              GROUP BY card.program_id
                """,
                TOLERANCE,
                SQL("card.program_id IN %s", tuple(programs.ids)) if programs else SQL("TRUE"),
            )
        )
        return {
            program_id: (cards, {card_id: figures for card_id, *figures in differing or ()})
            for program_id, cards, differing in rows
        }

    def _note(self, cards, differing):
        """Keep what was found, and tell of what is new."""
        self.ensure_one()
        gone = self.difference_ids.filtered(lambda known: known.card_id.id not in differing)
        known = {known.card_id.id: known for known in self.difference_ids - gone}
        gone.unlink()
        fresh = []
        for card_id, (points, booked) in differing.items():
            values = {"points": points, "booked": booked}
            if card_id in known:
                known[card_id].write(values)
            else:
                fresh.append({"check_id": self.id, "card_id": card_id, **values})
        self.difference_ids.create(fresh)
        self.write(
            {
                "checked_on": fields.Datetime.now(),
                "cards": cards,
                "differing": len(differing),
            }
        )
        if fresh:
            self._tell_managers()
        elif not differing and self.activity_ids:
            company = self.company_id or self.env.company
            told = self.with_context(lang=company._loyalty_lang())
            told.activity_feedback([ACTIVITY], feedback=told.result_text)

    def _tell_managers(self):
        """Ask each manager who looks after the programme to look, once at a time."""
        self.ensure_one()
        told = self.activity_ids.user_id
        for user in self.env.ref(MANAGER).all_user_ids - told:
            serves = not self.company_id or self.company_id in user.company_ids
            if user.active and not user.share and serves:
                check = self.with_context(lang=user.company_id._loyalty_lang(user))
                # The activity is the notice; no mail for each manager besides.
                check.with_context(mail_activity_quick_update=True).activity_schedule(
                    ACTIVITY, summary=check._differing_text(), user_id=user.id
                )
