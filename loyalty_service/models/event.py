from functools import cache

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, clean_context, float_compare
from odoo.tools.translate import LazyTranslate

from ..actions import open_form
from ..columns import column, split
from ..concurrency import again_if_taken
from .event_type import CHANNELS, KINDS, SIGNALS

_lt = LazyTranslate(__name__)


# What decides about client, contact, channel, type, amount and origin of an event.
SETTLED_BY = ["type_id", "partner_id", "contact_id", "company_id", "channel", "amount", "origin"]
DELETED = _lt("The source was deleted")


class Amount(fields.Monetary):
    """Money that is rounded to its currency before it comes to the ORM, by :meth:`_normalise`.

    The ORM would look up the currency of each row by a record of its own, twice, which takes
    longer than writing the row.
    """

    def convert_to_column_insert(self, value, record, values=None, validate=True):
        return float(value or 0.0)

    def convert_to_cache(self, value, record, validate=True):
        return super().convert_to_cache(value, record, validate=False)


class Event(models.Model):
    """The spine: everything that happens with a client, once per source record.

    ``create`` is the only door. It is idempotent on (company, type, origin), whoever calls it:
    a bridge, the import, the external API. Rows are never changed or deleted; what turns out
    not to have happened is undone by a second event that names the first
    (``reversal_of_id``).
    """

    _name = "loyalty.service.event"
    _description = "Service Event"
    _order = "date desc, id desc"

    type_id = fields.Many2one(
        "loyalty.service.event.type", required=True, index=True, ondelete="restrict"
    )
    # Of the type. Kept here by hand and not as related fields: thousands of events may come in
    # one batch, and each would be written twice.
    kind = fields.Selection(KINDS, readonly=True)
    signal = fields.Selection(SIGNALS, readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Client",
        required=True,
        ondelete="restrict",
        help="The company (or person) that is the client. A contact of it goes to Contact.",
    )
    contact_id = fields.Many2one("res.partner", index="btree_not_null", ondelete="set null")
    date = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    user_id = fields.Many2one(
        "res.users",
        string="Staff",
        index="btree_not_null",
        default=lambda self: self._default_user_id(),
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    channel = fields.Selection(CHANNELS, required=True)
    # No sum: an invoice and its payment speak of the same money.
    amount = Amount(aggregator=None, help="Money behind the event, in the currency of the company.")
    currency_id = fields.Many2one(related="company_id.currency_id")
    value = fields.Float(
        string="Measured Value", help="What was measured, in the unit that the type's signal names."
    )
    summary = fields.Char()
    note = fields.Text()
    origin = fields.Char(
        copy=False,
        help="Names the source once and for all, such as 'account.move,42' or "
        "'wechat:msg-981'. A second event of the same type and origin is not created.",
    )
    res_model = fields.Char(string="Source Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Source Record", model_field="res_model", readonly=True
    )
    reversal_of_id = fields.Many2one(
        "loyalty.service.event", readonly=True, ondelete="restrict", copy=False
    )
    reversal_ids = fields.One2many("loyalty.service.event", "reversal_of_id")
    lineage_id = fields.Many2one(
        "loyalty.service.event",
        string="Recorded First as",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="The source was changed since, or undone and settled again. What this event earns "
        "goes by the tier and the rules with which the first one was rewarded.",
    )
    is_reversed = fields.Boolean(readonly=True)
    is_backlog = fields.Boolean(
        string="Recorded Afterwards",
        readonly=True,
        copy=False,
        help="From before the firm recorded such events. It earns by “Reward Past Events” alone.",
    )
    icon = fields.Char(related="type_id.icon")

    _origin_unique = models.UniqueIndex(
        "(company_id, type_id, origin) WHERE origin IS NOT NULL",
        "An event of this type has been recorded from this origin already.",
    )
    _reversal_unique = models.UniqueIndex(
        "(reversal_of_id) WHERE reversal_of_id IS NOT NULL",
        "This event has been undone already.",
    )
    _partner_date_idx = models.Index("(partner_id, company_id, date DESC)")
    _source_idx = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")

    @api.model
    def _default_user_id(self):
        return self._as_staff(self.env.user)

    @api.model
    def _as_staff(self, user):
        """Return ``user`` if it is a member of staff: not the system, not a client, not nobody."""
        return user.filtered(lambda user: user._is_internal() and not user._is_superuser())

    @api.depends("type_id", "summary")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Name the event by what its client may read, too.

        The name shows wherever a record points at the event, such as a row of points that a
        sister firm reads. What staff wrote down for themselves stays on the event.
        """
        for event in self:
            event.display_name = event._with_detail(event.type_id.name, event.client_summary)

    def _with_detail(self, what, detail):
        """Return ``what``, followed by ``detail`` if there is one."""
        if not detail:
            return what
        return self.env._("%(what)s: %(detail)s", what=what, detail=detail)

    # ------------------------------------------------------------------
    # The door
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Record events; an event that is there already is returned, not made again.

        The answer has one record per dict of ``vals_list``, in its order. Of two
        transactions that record the same origin at once, the second fails with a concurrency
        error, on which Odoo runs it again: it then finds the event.
        """
        if not vals_list:
            return self.browse()
        if self.env.su:
            # A bridge says all there is to say, whatever the defaults of who set it off.
            self = self.with_context(clean_context(self.env.context))  # noqa: PLW0642
        vals_list = self._normalise(vals_list)
        # A row without origin stands for itself, by its number.
        slots = [self._key(vals) or number for number, vals in enumerate(vals_list)]
        ids = self._find_known([slot for slot in slots if isinstance(slot, tuple)])
        fresh = {}
        for slot, vals in zip(slots, vals_list, strict=True):
            if slot not in ids:
                fresh.setdefault(slot, vals)
        if not fresh:
            return self.browse([ids[slot] for slot in slots])
        with again_if_taken(self, self._origin_unique):
            created = super().create(list(fresh.values()))
        created._check_allowed()
        created.reversal_of_id._set_reversed()
        ids.update(zip(fresh, created.ids, strict=True))
        created.with_context(clean_context(self.env.context))._after_record()
        return self.browse([ids[slot] for slot in slots])

    @api.model
    def _normalise(self, vals_list):
        """Return copies of the dicts with client, contact, channel and type settled.

        What a dict does not say and these depend on comes from the defaults, once for all rows.
        """
        defaults = self.default_get(SETTLED_BY)
        vals_list = [{**defaults, **vals} for vals in vals_list]
        for vals in vals_list:
            self._check_vals_storable(vals)
        partners = self.env["res.partner"].browse(
            {vals["partner_id"] for vals in vals_list if vals.get("partner_id")}
        )
        # Who logs a call may be unable to read the parent company under a record rule; the
        # link to it is what the ledger stands on and nothing else of it is read.
        commercial = dict(
            zip(partners.ids, column(partners.sudo(), "commercial_partner_id"), strict=True)
        )
        types = self.env["loyalty.service.event.type"].browse(
            {vals["type_id"] for vals in vals_list if vals.get("type_id")}
        )
        # sudo: what a type is about, of types that the caller names.
        about = {
            event_type.id: (event_type.channel, event_type.kind, event_type.signal)
            for event_type in types.sudo()
        }
        # sudo: the currency of companies that the caller names.
        companies_sudo = (
            self.env["res.company"].sudo().browse({vals.get("company_id") for vals in vals_list})
        )
        rounding = {
            company.id: cache(company.currency_id.round) for company in companies_sudo if company.id
        }
        for vals in vals_list:
            partner_id = vals.get("partner_id")
            if partner_id and commercial[partner_id] != partner_id:
                vals.setdefault("contact_id", partner_id)
                vals["partner_id"] = commercial[partner_id]
            usual, vals["kind"], vals["signal"] = about.get(
                vals.get("type_id"), ("other", False, False)
            )
            vals["channel"] = vals.get("channel") or usual
            vals["is_reversed"] = vals["is_backlog"] = False
            if vals.get("amount"):
                round_ = rounding.get(vals.get("company_id"), self.env.company.currency_id.round)
                vals["amount"] = round_(vals["amount"])
            if self.env.su and vals.get("summary") and not isinstance(vals["summary"], str):
                vals.update(self._settle_words(vals))
            # An empty cell of an import is no origin, and must not meet other empty ones.
            vals["origin"] = (vals.get("origin") or "").strip() or False
        return vals_list

    @api.model
    def _key(self, vals):
        """Return what identifies the event, or None without origin.

        ``(company id, type id, origin)``: two firms may number their calls alike.
        """
        if not vals["origin"]:
            return None
        return vals.get("company_id"), vals.get("type_id"), vals["origin"]

    @api.model
    def _find_known(self, keys):
        """Return ``{key: event id}`` of the events recorded before; see :meth:`_key`.

        An origin is unique whatever the record rules, so this looks at all events.
        """
        # Without type or company there is no event to find; that they are missing is said later.
        keys = [key for key in keys if all(key)]
        if not keys:
            return {}
        self.flush_model(["company_id", "type_id", "origin"])
        companies, types, origins = (list(set(part)) for part in zip(*keys, strict=True))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT company_id, type_id, origin, id
                  FROM loyalty_service_event
                 WHERE company_id = ANY(%s) AND type_id = ANY(%s) AND origin = ANY(%s)
                """,
                companies,
                types,
                origins,
            )
        )
        return {tuple(key): event_id for *key, event_id in rows}

    def _set_reversed(self):
        """Mark the events in ``self``, which others undo."""
        if not self:
            return
        self.flush_recordset(["is_reversed"])
        self.env.execute_query(
            SQL(
                """
                UPDATE loyalty_service_event SET is_reversed = TRUE WHERE id IN %s RETURNING id
                """,
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(["is_reversed"], flush=False)
        self.modified(["is_reversed"])

    @api.model
    def _follow_types(self, types):
        """Have recorded events be about what their type is about by now."""
        self.flush_model()
        types.flush_recordset()
        self.env.execute_query(
            SQL(
                """
                UPDATE loyalty_service_event event
                   SET kind = type.kind, signal = type.signal
                  FROM loyalty_service_event_type type
                 WHERE type.id = event.type_id AND type.id IN %s
             RETURNING event.id
                """,
                tuple(types.ids) or (0,),
            )
        )
        self.invalidate_model(["kind", "signal"])

    def _after_record(self):
        """React to the new events in ``self``: the hook of points, surveys and care.

        It runs once per event. Extend it with set operations only.
        """
        for company, events in split(self, "company_id").items():
            clients = self.env["loyalty.service.client"]._ensure(events.partner_id, company)
            clients._note_events(events)
            clients._ask_for_health()

    def _reverse(self, reason):
        """Undo the events in ``self`` that stand, and return the events that undo them.

        :param reason: made by ``LazyTranslate``, and read by each in its language; or a str that
            has been worded already
        """
        standing = self.filtered(lambda event: not event.is_reversed and not event.reversal_of_id)
        return self.create(
            [
                {
                    "type_id": event.type_id.id,
                    "partner_id": event.partner_id.id,
                    "contact_id": event.contact_id.id,
                    "company_id": event.company_id.id,
                    "channel": event.channel,
                    "amount": -event.amount,
                    "value": event.value,
                    "summary": reason,
                    "res_model": event.res_model,
                    "res_id": event.res_id,
                    "reversal_of_id": event.id,
                }
                for event in standing
            ]
        )

    @api.model
    def _domain_standing(self):
        """Return the domain of what happened and was not undone."""
        return [("is_reversed", "=", False), ("reversal_of_id", "=", False)]

    @api.model
    def _prepare_record_values(self, code, record, partner, suffix="", **values):
        """Return the dict with which a bridge records ``record`` as an event.

        :param str code: technical name of the event type
        :param record: the source, one record of any model
        :param partner: client or one of its contacts
        :param str suffix: tells apart several events of one type from the same source
        """
        return {
            "type_id": self.env["loyalty.service.event.type"]._by_code(code).id,
            "partner_id": partner.id,
            "origin": f"{record._name},{record.id}{suffix and f'#{suffix}'}",
            "res_model": record._name,
            "res_id": record.id,
            **values,
        }

    @api.model
    def _sync_source(self, records, codes, wanted):
        """Make the standing events of ``records`` say what is true of them now.

        A source such as an invoice can be settled, unsettled and settled again. What stands
        and is not wanted is undone, what is wanted and does not stand is recorded; calling
        it again changes nothing.

        :param records: sources, of one model
        :param codes: technical names of the event types that this call decides about
        :param dict wanted: record id -> (code, event values), for records that shall have
            a standing event; the values hold at least the partner under ``partner``
        """
        type_ids = {
            code: self.env["loyalty.service.event.type"]._by_code(code).id for code in codes
        }
        by_record = self._recorded_of(records, list(type_ids.values()))
        obsolete, to_create = self.browse(), []
        for record in records:
            past = by_record.get(record.id, self.browse())
            standing = past.filtered(lambda event: not event.is_reversed)
            code, values = wanted.get(record.id, (None, {}))
            if code:
                values = dict(values)
                partner = values.pop("partner")
                client = past._client_of(partner, values.get("contact_id") or partner.id)
                right = standing.filtered(
                    lambda event, code=code, client=client, values=values: (
                        event.type_id.id == type_ids[code]
                        and event.partner_id == client
                        and not event.currency_id.compare_amounts(
                            event.amount, values.get("amount", 0.0)
                        )
                        and not float_compare(
                            event.value, values.get("value", 0.0), precision_digits=6
                        )
                    )
                )[:1]
                standing -= right
                if not right:
                    to_create.append(
                        self._prepare_record_values(
                            code,
                            record,
                            client,
                            suffix=len(past) or "",
                            **{
                                "contact_id": partner != client and partner.id,
                                "lineage_id": past._first_of(client),
                                **values,
                            },
                        )
                    )
            obsolete += standing
        obsolete._reverse(_lt("The source was changed"))
        return self.create(to_create)

    @api.model
    def _recorded_of(self, records, type_ids):
        """Return ``{record id: events}`` of all that was ever recorded of ``records``."""
        return self.search(
            [
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
                ("type_id", "in", type_ids),
                ("reversal_of_id", "=", False),
            ]
        ).grouped("res_id")

    def _first_of(self, client):
        """Return the id of the first event in ``self`` of a client, or False."""
        own = self.filtered(lambda event: event.partner_id == client)
        return min(own.ids, default=False)

    def _client_of(self, partner, contact_id):
        """Return the client to whom what happens with ``partner`` belongs.

        A source that has events in ``self`` stays with the client that its contact was of
        then: who leaves a company leaves the history of it behind.
        """
        known = self.filtered(lambda event: (event.contact_id or event.partner_id).id == contact_id)
        return known[:1].partner_id or partner.commercial_partner_id

    @api.model
    def _forget_sources(self, records, why=DELETED):
        """Undo what stands of ``records``, which are about to be deleted: one search for all.

        Called by bridges; points follow.

        :param why: made by ``LazyTranslate``; something else than that they are deleted
        """
        self.search(
            [
                *self._domain_standing(),
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
            ]
        )._reverse(why)

    # ------------------------------------------------------------------
    # Append-only
    # ------------------------------------------------------------------

    def write(self, vals):
        raise UserError(
            self.env._(
                "What happened with a client cannot be changed afterwards. "
                "Undo the event and log it again."
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_refused(self):
        raise UserError(
            self.env._("What happened with a client cannot be deleted. Undo the event instead.")
        )

    def _follows_source(self):
        """Tell whether the event is corrected where it comes from, and nowhere else."""
        self.ensure_one()
        return bool(self.res_model)

    def action_undo(self):
        """Undo events that staff logged by hand."""
        if any(event._follows_source() for event in self):
            raise UserError(
                self.env._(
                    "This event comes from another record. Correct that record, and the "
                    "event follows."
                )
            )
        self.check_access("read")
        self.check_access("create")
        self._check_types_allowed()
        # sudo: only the system names the event that another one undoes; these are events that
        # the user may see, and could have logged.
        self.sudo()._reverse(_lt("Undone by %s", self.env.user.name))
        return True

    def action_open_source(self):
        """Open the record that the event comes from."""
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env:
            return False
        source = self.env[self.res_model].browse(self.res_id)
        if not source.exists():
            raise UserError(self.env._("The record that this event comes from was deleted."))
        return open_form(source)
