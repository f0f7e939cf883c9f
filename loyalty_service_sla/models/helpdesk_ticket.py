from odoo import api, fields, models
from odoo.tools import is_html_empty

from ..engine import clock as engine
from ..rows import add

#: What must be written in the log when the stage says something else than before.
STEPS = {
    (None, "open"): [engine.OPENED],
    (None, "paused"): [engine.OPENED, engine.PAUSE],
    (None, "closed"): [engine.OPENED, engine.CLOSED],
    ("open", "paused"): [engine.PAUSE],
    ("open", "closed"): [engine.CLOSED],
    ("paused", "open"): [engine.RESUME],
    ("paused", "closed"): [engine.CLOSED],
    ("closed", "open"): [engine.REOPENED],
    ("closed", "paused"): [engine.REOPENED, engine.PAUSE],
}

#: Fields that may change the stage, directly or by a computed field.
STAGE_FIELDS = {"stage_id", "team_id", "user_id", "active", "loyalty_sla_pause_reason"}

#: Fields by which a policy is chosen.
POLICY_FIELDS = {
    "team_id",
    "user_id",
    "category_id",
    "priority",
    "tag_ids",
    "channel_id",
    "partner_id",
    "company_id",
    "loyalty_ticket_type",
}


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    loyalty_sla_clock_ids = fields.One2many(
        "loyalty.service.sla.clock", "ticket_id", string="SLA Clocks", readonly=True
    )
    loyalty_sla_entry_ids = fields.One2many(
        "loyalty.service.sla.entry", "ticket_id", string="SLA Log", readonly=True
    )
    loyalty_sla_deadline = fields.Datetime(
        string="SLA Deadline",
        compute="_compute_loyalty_sla",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
        groups="base.group_user",
        help="The next one of this ticket. Empty while nothing runs.",
    )
    loyalty_sla_state = fields.Selection(
        [
            ("breached", "Breached"),
            ("running", "Running"),
            ("paused", "Paused"),
            ("missed", "Missed"),
            ("met", "Met"),
        ],
        string="SLA",
        compute="_compute_loyalty_sla",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
        groups="base.group_user",
    )

    # Tickets are looked up by client all over the suite.
    _loyalty_sla_client_idx = models.Index(
        "(commercial_partner_id, company_id) WHERE commercial_partner_id IS NOT NULL"
    )

    @api.depends(
        "loyalty_sla_clock_ids.state",
        "loyalty_sla_clock_ids.seconds",
        "loyalty_sla_clock_ids.deadline",
        "loyalty_sla_clock_ids.breached",
        "loyalty_sla_clock_ids.late_waits",
    )
    def _compute_loyalty_sla(self):
        for ticket in self:
            ticket.update(ticket._loyalty_sla_sum_up(ticket.loyalty_sla_clock_ids))

    @api.model
    def _loyalty_sla_sum_up(self, clocks):
        """Return what a ticket with these clocks says of them all."""
        deadlines, states, open_breach, late = [], set(), False, False
        # One pass: this is computed for thousands of tickets at once.
        for clock in clocks:
            late = late or bool(clock.late_waits)
            if not clock.seconds:
                continue
            state = clock.state
            states.add(state)
            if state == engine.RUNNING and clock.deadline:
                deadlines.append(clock.deadline)
            open_breach = open_breach or (state in engine.OPEN and clock.breached)
        return {
            "loyalty_sla_deadline": min(deadlines, default=False),
            "loyalty_sla_state": next(
                (
                    state
                    for state, holds in (
                        ("breached", open_breach),
                        ("running", engine.RUNNING in states),
                        ("paused", engine.PAUSED in states),
                        ("missed", engine.MISSED in states or late),
                        ("met", engine.MET in states),
                    )
                    if holds
                ),
                False,
            ),
        }

    # ------------------------------------------------------------------
    # What happens to a ticket
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._loyalty_sla_sync()
        return tickets

    def write(self, vals):
        before = self._loyalty_sla_get_shown(vals)
        ended = self._loyalty_sla_get_ended(vals)
        # sudo: who gives a ticket to another client need not see it afterwards.
        tickets_sudo = self.sudo() if "partner_id" in vals else self.browse()
        clients = {ticket: ticket.commercial_partner_id for ticket in tickets_sudo}
        result = super().write(vals)
        for date, tickets in ended.items():
            # sudo: whoever wrote the stage may have given the ticket away by the same write;
            # only the date that it had is put back.
            super(HelpdeskTicket, tickets.sudo()).write({"closed_date": date})
        if not STAGE_FIELDS.isdisjoint(vals):
            self._loyalty_sla_sync()
        if not POLICY_FIELDS.isdisjoint(vals):
            self._loyalty_sla_renew_promise(self._loyalty_sla_get_changes(before))
        if "partner_id" in vals:
            self._loyalty_sync_events()
        tickets_sudo.filtered(
            lambda ticket: ticket.commercial_partner_id != clients[ticket]
        )._loyalty_end_links()
        return result

    def _loyalty_end_links(self):
        """End the links by which somebody answers without a login: it is another client's now.

        They were sent to a firm that has no part in the tickets in ``self`` any more. Extend it
        where links are made.
        """

    def _loyalty_sla_get_ended(self, vals):
        """Return ``{closing date: tickets}`` of those that only move to another closed stage.

        They were closed once; helpdesk_mgmt renews the date by each closed stage.
        """
        stage = self.env["helpdesk.ticket.stage"].browse(vals.get("stage_id"))
        if not stage.closed or "closed_date" in vals:
            return {}
        return self.filtered(lambda one: one.closed and one.closed_date).grouped("closed_date")

    def _compute_field_value(self, field):
        """Notice that the stage was computed anew, for whatever reason.

        Nothing may be written here; it is looked at before the transaction ends.
        """
        result = super()._compute_field_value(field)
        if field.name == "stage_id" and any(self._ids):
            precommit = self.env.cr.precommit
            if "loyalty_sla.tickets" not in precommit.data:
                precommit.data["loyalty_sla.tickets"] = set()
                precommit.add(self.env["helpdesk.ticket"]._loyalty_sla_sync_computed)
            precommit.data["loyalty_sla.tickets"].update(filter(None, self._ids))
        return result

    @api.model
    def _loyalty_sla_sync_computed(self):
        ids = self.env.cr.precommit.data.pop("loyalty_sla.tickets", ())
        self.browse(ids).exists()._loyalty_sla_sync()

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        kind = self._loyalty_sla_get_message_kind(message)
        if kind:
            self._loyalty_sla_note_messages(kind, {self: message})
        return result

    def _loyalty_sla_get_message_kind(self, message):
        """Return whether ``message`` answers the client, comes from it or from somebody else.

        Of somebody else, such as the tax bureau in copy, it is a change; and None if it is neither.

        An answer is a public message that a member of staff wrote; notes, automatic mails and
        the system's own messages are none.
        """
        self.ensure_one()
        # sudo: a portal user may not read who is staff, and only that is asked of the author.
        message_sudo = message.sudo()
        if (
            message_sudo.message_type not in ("comment", "email")
            or message_sudo.is_internal
            or message_sudo.subtype_id != self.env.ref("mail.mt_comment")
        ):
            return None
        if is_html_empty(message_sudo.body) and not message_sudo.attachment_ids:
            # Nothing is said, so nobody is answered.
            return None
        return self._loyalty_sla_get_author_kind(message_sudo.author_id)

    def _loyalty_sla_get_author_kind(self, author_sudo):
        """Return what a message of somebody is to this ticket, see above."""
        # Kept, and not looked up for each of many mails.
        root_id = self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root")
        if author_sudo.id == root_id:
            return None
        # sudo: a client is compared with the author, and nothing else is read.
        if not author_sudo or author_sudo.partner_share or author_sudo == self.sudo().partner_id:
            own = self.sudo()._loyalty_is_own_author(author_sudo)
            return engine.CUSTOMER_REPLY if own else engine.CHANGE
        return engine.RESPONSE

    @api.model
    def _loyalty_sla_note_messages(self, kind, messages):
        """Write messages into the logs of their tickets: one, or one mail to many clients.

        :param dict messages: ``{ticket: message}``, all of the same kind
        """
        if kind == engine.CHANGE:
            # Nothing was promised to whoever has written.
            return
        # sudo: whoever writes on a ticket moves its clocks, which nobody may write by hand;
        # only these tickets are touched.
        tickets_sudo = self.browse().union(*messages).sudo()
        authors = {ticket.id: message.sudo().author_id for ticket, message in messages.items()}
        tickets_sudo._loyalty_sla_sync()
        phases = {ticket: ticket._loyalty_sla_get_phase() for ticket in tickets_sudo}
        rows = {}
        for ticket, phase in phases.items():
            is_late = kind == engine.CUSTOMER_REPLY and phase == "closed"
            row = {"kind": engine.AFTERWORD if is_late else kind}
            rows[ticket] = [{**row, "user_id": authors[ticket.id].user_ids[:1].id}]
            # Who asks back while the ticket waits for the client waits for the client again.
            if (
                kind == engine.RESPONSE
                and phase == "paused"
                and ticket._loyalty_sla_runs_in_a_pause()
            ):
                rows[ticket].append(ticket._loyalty_sla_prepare_pause())
        tickets_sudo._loyalty_sla_append(rows)
        if kind == engine.CUSTOMER_REPLY:
            for ticket, phase in phases.items():
                if phase == "paused":
                    ticket._loyalty_sla_end_wait()
            # What was put away unsolved nobody would see again.
            tickets_sudo.filtered(lambda one: not one.active and not one.closed).active = True

    # ------------------------------------------------------------------
    # The log
    # ------------------------------------------------------------------

    def _loyalty_sla_get_phase(self):
        """Return what the stage means for the clocks: open, paused or closed.

        An archived ticket rests.
        """
        self.ensure_one()
        if self.stage_id.closed:
            return "closed"
        return "paused" if self._loyalty_sla_get_pause() else "open"

    def _loyalty_sla_get_portal_stages(self):
        """Return the stages in which the client may close this ticket."""
        self.ensure_one()
        stages = self.team_id.with_company(self.company_id)._get_applicable_stages()
        return stages.filtered(lambda stage: stage.closed and stage.close_from_portal)

    def _loyalty_sla_sync(self):
        """Bring the log in step with the stages that the tickets in ``self`` have now.

        It compares with what was logged last, so it does not matter how the stage came about,
        and calling it again changes nothing.
        """
        # sudo: see _loyalty_sla_note_messages; only the tickets in self are touched.
        tickets_sudo = self.sudo()
        phases = self.env["loyalty.service.sla.entry"].sudo()._get_phases(tickets_sudo)
        changed = {}
        for ticket in tickets_sudo:
            before, waited_for = phases.get(ticket.id, (None, None))
            step = (before, ticket._loyalty_sla_get_phase())
            other = step == ("paused", "paused") and ticket._loyalty_sla_get_pause() != waited_for
            if step in STEPS or other:
                changed[ticket] = step
        if not changed:
            return
        opened = tickets_sudo.browse(
            ticket.id for ticket, (before, _after) in changed.items() if before is None
        )
        promises = self.env["loyalty.service.sla.policy"].sudo()._get_promises(opened)
        rows = {}
        for ticket, step in changed.items():
            kinds = STEPS.get(step, [engine.PAUSE])
            rows[ticket] = [
                ticket._loyalty_sla_prepare_pause() if kind == engine.PAUSE else {"kind": kind}
                for kind in kinds
            ]
            if kinds[0] == engine.OPENED:
                rows[ticket][0].update(promises[ticket])
                rows[ticket] += ticket._loyalty_sla_prepare_opening()
            elif kinds[0] == engine.REOPENED:
                rows[ticket] += ticket._loyalty_sla_prepare_reopening()
        tickets_sudo._loyalty_sla_append(rows)
        tickets_sudo._loyalty_sla_fix_closed_date(changed)

    def _loyalty_sla_prepare_opening(self):
        """Return the rows of the log about what is promised beside the policy as a ticket opens."""
        self.ensure_one()
        return []

    def _loyalty_sla_prepare_reopening(self):
        """Return the rows of the log about what is promised again as a ticket is reopened."""
        self.ensure_one()
        return []

    def _loyalty_sla_fix_closed_date(self, steps):
        """Give tickets a closing date exactly while they are closed.

        helpdesk_mgmt sets it only where the stage is written, and keeps it on reopening.
        """
        now = fields.Datetime.now()
        closed = self.browse(
            ticket.id
            for ticket, (_before, after) in steps.items()
            if after == "closed" and not ticket.closed_date
        )
        reopened = self.browse(
            ticket.id
            for ticket, (_before, after) in steps.items()
            if after != "closed" and ticket.closed_date
        )
        if closed:
            closed.closed_date = now
        if reopened:
            reopened.closed_date = False

    def _loyalty_sla_append(self, rows):
        """Add to the log, move the clocks and record the events of the client.

        :param dict rows: ``{ticket: [values of a log entry, ...]}``, in order
        """
        now = fields.Datetime.now()
        known = self.browse().union(
            *(ticket for ticket, first in rows.items() if first[0]["kind"] != engine.OPENED)
        )
        # Clocks of two servers may differ by seconds: what comes later in the log is not earlier.
        last = self.env["loyalty.service.sla.entry"]._get_last_dates(known)
        entries = add(
            self.env["loyalty.service.sla.entry"],
            [
                {
                    "date": max(now, last.get(ticket.id, now)),
                    "ticket_id": ticket.id,
                    "stage_id": ticket.stage_id.id,
                    "user_id": self.env.uid,
                    **values,
                }
                for ticket, values_list in rows.items()
                for values in values_list
            ],
        )
        if entries:
            self.env["loyalty.service.sla.clock"]._advance(entries)
            entries._record_events()
