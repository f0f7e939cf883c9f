import logging
from datetime import timedelta
from time import monotonic

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..batch import IN_THE_WAY

_logger = logging.getLogger(__name__)

# As many events are replayed within a few seconds; for more, nobody should have to wait.
EVENTS_AT_ONCE = 50_000
TOLD_EVERY = 1.0  # seconds
# A run that has said nothing for so long has been stopped with its server.
SILENT = timedelta(minutes=15)
RUNS = ("queued", "running")
# Who runs it, and for which companies, decides what it reads.
KEPT = {"run_state", "run_share", "run_error", "run_beat", "run_by_id", "run_company_ids"}


class Stopped(Exception):
    """Somebody has stopped the run, or another worker has taken it over."""


class Simulation(models.Model):
    """A long run goes on by itself, with the rights of who began it, and says how far it is.

    A scheduled action does it and commits now and then how far it is; the results come all at
    once at the end. A run whose server was stopped is begun anew.
    """

    _inherit = "loyalty.service.simulation"

    run_state = fields.Selection(
        [
            ("idle", "Not running"),
            ("queued", "About to begin"),
            ("running", "Running"),
            ("failed", "Failed"),
        ],
        string="Run",
        required=True,
        readonly=True,
        copy=False,
        default="idle",
    )
    run_share = fields.Integer(string="Done (%)", readonly=True, copy=False)
    run_error = fields.Char(readonly=True, copy=False)
    run_beat = fields.Datetime(
        string="Heard of", readonly=True, copy=False, help="When the run last said how far it is."
    )
    run_by_id = fields.Many2one(
        "res.users", string="Run by", readonly=True, copy=False, ondelete="set null"
    )
    run_company_ids = fields.Many2many(
        "res.company",
        "loyalty_service_simulation_company_rel",
        "simulation_id",
        "company_id",
        readonly=True,
        copy=False,
    )

    _run_idx = models.Index("(id) WHERE run_state IN ('queued', 'running')")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_run_kept(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_run_kept(vals)
        return super().write(vals)

    def _check_run_kept(self, vals):
        """Refuse to have a simulation run with the rights of somebody else."""
        if not self.env.su and KEPT & vals.keys():
            raise AccessError(self.env._("How a simulation runs is kept by the system."))

    # ------------------------------------------------------------------
    # Beginning and stopping
    # ------------------------------------------------------------------

    def action_run(self):
        """Run at once or, over a long history, by itself while the form shows how far it is."""
        self.ensure_one()
        self.check_access("write")
        self.env["loyalty.service.event"].check_access("read")
        companies = self._companies()
        if self.run_state in RUNS:
            return True
        # sudo: the state of a run is kept by the system, see _check_run_kept.
        if self._is_long(companies):
            self.sudo().write(
                {
                    "run_state": "queued",
                    "run_share": 0,
                    "run_error": False,
                    "run_by_id": self.env.uid,
                    "run_company_ids": [fields.Command.set(self.env.companies.ids)],
                }
            )
            cron = self.env.ref("loyalty_service.ir_cron_simulation", raise_if_not_found=False)
            if cron:
                cron._trigger()
            return True
        self._run(lambda _share: None)
        if self.run_state == "failed":
            self.sudo().write({"run_state": "idle", "run_error": False})
        return True

    def _is_long(self, companies):
        """Tell whether there is so much history that nobody should wait for it."""
        types = self.rule_ids.event_type_id | self.rule_ids.rule_id.event_type_id
        day = fields.Date.subtract(self.company_id._loyalty_day(), months=int(self.months))
        events = self.env["loyalty.service.event"].search_count(
            [
                ("company_id", "in", companies.ids),
                ("type_id", "in", types.ids),
                ("date", ">=", self._moment(day)),
            ],
            limit=EVENTS_AT_ONCE + 1,
        )
        return events > EVENTS_AT_ONCE

    def action_stop(self):
        """Have the run end; the results of the one before stay."""
        self.check_access("write")
        # sudo: see action_run.
        self.sudo().filtered(lambda simulation: simulation.run_state in RUNS).write(
            {"run_state": "idle", "run_share": 0}
        )
        return True

    def action_reset(self):
        if self.filtered(lambda simulation: simulation.run_state in RUNS):
            raise UserError(self.env._("The simulation is running. Stop it first."))
        return super().action_reset()

    # ------------------------------------------------------------------
    # The scheduled action
    # ------------------------------------------------------------------

    @api.model
    def _cron_run(self):
        """Run what is to be run, one after the other."""
        waiting = self.search(self._waiting_domain(), order="write_date, id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(waiting))
        for simulation in waiting:
            simulation._run_by_itself()
            if not cron._commit_progress(1):
                break

    @api.model
    def _waiting_domain(self):
        return [
            "|",
            ("run_state", "=", "queued"),
            "&",
            ("run_state", "=", "running"),
            ("run_beat", "<", fields.Datetime.now() - SILENT),
        ]

    def _run_by_itself(self):
        """Run it with the rights of who began it, and keep what went wrong."""
        try:
            if not self._claim_run():
                return
        except IN_THE_WAY:
            # Another worker was faster.
            self.env.cr.rollback()
            return
        user = self.run_by_id
        worker = self.with_user(user).with_context(
            allowed_company_ids=self.run_company_ids.ids,
            lang=user.lang,
            tz=user.tz,
        )
        values = {"run_state": "idle", "run_share": 0, "run_error": False}
        try:
            worker.check_access("write")
            worker.env["loyalty.service.event"].check_access("read")
            worker._run(worker._teller())
            worker.env.flush_all()
        except Stopped:
            self.env.cr.rollback()
            return
        except IN_THE_WAY:
            # Once more, with the next round of the scheduled action.
            self.env.cr.rollback()
            values = {"run_state": "queued"}
        except (UserError, AccessError) as error:
            self.env.cr.rollback()
            values = {"run_state": "failed", "run_share": 0, "run_error": str(error)}
        except Exception:
            _logger.exception("the run of %s failed", self)
            self.env.cr.rollback()
            told = worker.env._("The run broke off. The log of the server says why.")
            values = {"run_state": "failed", "run_share": 0, "run_error": told}
        if self.exists():
            self.write(values)
            if values["run_state"] == "idle":
                self._tell_that_it_is_done(worker)

    def _claim_run(self):
        """Take the run, unless another worker has it or somebody has stopped it meanwhile."""
        now = fields.Datetime.now()
        self.env.flush_all()
        claimed = self.env.execute_query(
            SQL(
                """
                UPDATE loyalty_service_simulation
                   SET run_state = 'running', run_share = 0, run_beat = %(now)s
                 WHERE id = %(id)s
                   AND (run_state = 'queued'
                        OR run_state = 'running' AND run_beat < %(silent)s)
             RETURNING id
                """,
                id=self.id,
                now=now,
                silent=now - SILENT,
            )
        )
        self.invalidate_recordset()
        # Seen by everybody, before the work begins.
        self.env["ir.cron"]._commit_progress()
        return bool(claimed)

    def _teller(self):
        """Return the function that a run calls with how far it is, in per cent."""
        told = monotonic()

        def tell(share):
            nonlocal told
            if monotonic() - told >= TOLD_EVERY:
                self._note_share(share)
                told = monotonic()

        return tell

    def _note_share(self, share):
        """Let everybody see how far it is; end the run if it is no longer wanted."""
        self.env.flush_all()
        wanted = self.env.execute_query(
            SQL(
                """
                UPDATE loyalty_service_simulation
                   SET run_share = %s, run_beat = %s
                 WHERE id = %s AND run_state = 'running'
             RETURNING id
                """,
                int(share),
                fields.Datetime.now(),
                self.id,
            )
        )
        if not wanted:
            raise Stopped
        self.env["ir.cron"]._commit_progress()

    def _tell_that_it_is_done(self, worker):
        """Tell who began it, wherever that person is in Odoo by now."""
        self.run_by_id._bus_send(
            "simple_notification",
            {
                "type": "success",
                "title": worker.env._("Simulation"),
                "message": worker.env._("“%s” is done.", self.name),
            },
        )
