from secrets import token_urlsafe

from werkzeug.exceptions import NotFound
from werkzeug.utils import redirect

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.http import request, route

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.addons.loyalty_service.controllers.forms import typed

from ..ticket_types import EMERGENCY, HIGHEST, TYPES
from .own_ticket import get_own_ticket, is_of_client
from .word import get_incomplete_url, read_word

#: As long as a mail's subject may sensibly be.
LONGEST_SUBJECT = 200


class TicketController(HelpdeskTicketController):
    """Filing, closing and confirming by clients, in place of helpdesk_mgmt's own routes."""

    # ------------------------------------------------------------------
    # Filing
    # ------------------------------------------------------------------

    def _get_create_new_ticket_values(self, **kw):
        values = super()._get_create_new_ticket_values(**kw)
        types = dict(
            request.env["helpdesk.ticket"]
            ._fields["loyalty_ticket_type"]
            ._description_selection(request.env)
        )
        chosen = typed(kw, "type")
        return {
            **values,
            "page_name": "loyalty_new_ticket",
            "loyalty_types": [
                {"code": code, "name": types[code], "text": text}
                for code, text in self._get_type_texts().items()
            ],
            "loyalty_type": chosen if chosen in types else "question",
            "loyalty_subject": typed(kw, "subject")[:LONGEST_SUBJECT],
            "loyalty_description": typed(kw, "description"),
            "loyalty_incomplete": typed(kw, "incomplete"),
            # What makes this form differ from the next one, so that it files once.
            "loyalty_form_key": token_urlsafe(16),
        }

    def _get_type_texts(self):
        """Return when a client chooses which type, in the order in which they are offered."""
        return {
            "question": request.env._("You want to know something."),
            "request": request.env._("You need something done or sent."),
            "incident": request.env._("Something does not work as it should."),
            "emergency": " ".join(
                filter(
                    None,
                    (
                        request.env._(
                            "It cannot wait: a deadline today, an inspection at the door."
                        ),
                        request.env["loyalty.service.sla.ladder"]._wakes(
                            request.env.company.id, EMERGENCY
                        )
                        and request.env._("The people in charge are told at once, day and night."),
                    ),
                )
            ),
            "complaint": request.env._(
                "We did something wrong. We look into it and tell you the result."
            ),
        }

    def _prepare_submit_ticket_vals(self, **kw):
        kw = {**kw, "category": self._get_chosen(kw, "category", self._get_categories())}
        kw["team"] = self._get_chosen(kw, "team", self._get_teams())
        vals = super()._prepare_submit_ticket_vals(**kw)
        if not vals.get("team_id"):
            vals.update(self._prepare_team_vals(vals))
        chosen = typed(kw, "type")
        return {
            **vals,
            "name": typed(kw, "subject").strip()[:LONGEST_SUBJECT],
            "loyalty_ticket_type": chosen if chosen in dict(TYPES) else "question",
            # As where staff declare one.
            **({"priority": HIGHEST} if chosen == EMERGENCY else {}),
            **self._prepare_filing_vals(kw),
        }

    def _prepare_team_vals(self, vals):
        """Return the team of what was filed for none, and the stage in which that begins."""
        company = request.env["res.company"].browse(vals["company_id"])
        category = request.env["helpdesk.ticket.category"].browse(vals["category_id"] or ())
        team_sudo = company._loyalty_get_portal_team_sudo(category)
        if not team_sudo:
            return {}
        return {
            "team_id": team_sudo.id,
            "stage_id": team_sudo._get_applicable_stages()[:1].id,
        }

    def _prepare_filing_vals(self, kw):
        filing_id = kw.get("loyalty_filing_id")
        return {"loyalty_filing_ids": [Command.link(filing_id)]} if filing_id else {}

    def _get_chosen(self, kw, name, offered):
        """Return the id that was chosen if it was offered; anything else is no choice."""
        chosen = typed(kw, name)
        return chosen if offered and chosen in map(str, offered.ids) else ""

    @route(methods=["POST"])
    def submit_ticket(self, **kw):
        """File a ticket; by a form only, since a link must not file one in the user's name."""
        if not typed(kw, "subject").strip() or not typed(kw, "description").strip():
            # A browser asks for both; what comes without them was not typed into the form.
            return request.redirect("/new/ticket?incomplete=1")
        kw["description"] = typed(kw, "description")
        filing_sudo, is_new = self._begin_filing(kw)
        if not is_new:
            # The same form once more, by a double click for instance.
            ticket = filing_sudo.ticket_id
            return request.redirect(f"/my/ticket/{ticket.id}" if ticket else "/my/tickets")
        emergency = self._find_emergency(kw, filing_sudo)
        if emergency:
            return self._join(kw, filing_sudo, emergency)
        # Emergencies count for themselves: whatever else was filed, the first is always taken.
        counted = EMERGENCY if typed(kw, "type") == EMERGENCY else None
        if filing_sudo._is_too_many(counted):
            company = filing_sudo.company_id
            filing_sudo.unlink()
            return self._refuse_filing(kw, company)
        response = super().submit_ticket(**{**kw, "loyalty_filing_id": filing_sudo.id})
        # sudo: clients have no right to votes; only those of this very person are looked at.
        votes_sudo = request.env["loyalty.service.sla.answer.vote"].sudo()
        votes_sudo._note_filing(request.env.user.partner_id)
        return response

    def _begin_filing(self, kw):
        """Return the place of what is filed in the line of the client's firm, and if it is new."""
        category = request.env["helpdesk.ticket.category"].browse(
            int(self._get_chosen(kw, "category", self._get_categories()) or 0)
        )
        company = category.company_id or request.env.company
        files = request.httprequest.files.getlist("attachment")
        Filing = request.env["loyalty.service.sla.filing"]
        return Filing._begin_sudo(
            request.env.user.partner_id.commercial_partner_id,
            company,
            # With what was typed: who goes back and writes something else files something else.
            Filing._hash_form(
                typed(kw, "loyalty_form_key"),
                request.env.uid,
                typed(kw, "type"),
                typed(kw, "subject"),
                kw["description"],
                *(file.filename for file in files),
            ),
        )

    def _refuse_filing(self, kw, company):
        """Show the form with what was typed, and why ``company`` has not taken it."""
        values = {
            **self._get_create_new_ticket_values(**kw),
            "loyalty_refused": company.loyalty_filing_limit,
            "loyalty_phone": company.phone,
        }
        response = request.render("helpdesk_mgmt.portal_create_ticket", values)
        response.status_code = 429
        return response

    def _find_emergency(self, kw, filing_sudo):
        """Return the emergency that another one is added to, if the user may see it.

        One that is open or, of several within the hour, the last one.
        """
        Ticket = request.env["helpdesk.ticket"]
        company = filing_sudo.company_id
        if typed(kw, "type") != EMERGENCY or not company.loyalty_one_emergency:
            return Ticket
        # By the user's own rights: what they do not show is nothing to join.
        emergency = Ticket._loyalty_get_open_emergency(filing_sudo.partner_id, company)
        last_sudo = emergency.sudo() or filing_sudo._get_last_emergency()
        # Where it cannot be taken up again it is another one.
        if last_sudo.closed and not last_sudo._loyalty_complaint_get_working_stage():
            return Ticket
        return Ticket.browse(last_sudo.ids)._filtered_access("read")

    def _join(self, kw, filing_sudo, emergency):
        """Add what was filed to the emergency that is open already."""
        files = request.httprequest.files.getlist("attachment")
        # sudo: clients write on tickets of their own firm; which one it is was checked.
        emergency.sudo()._loyalty_reopen()
        # sudo: see above.
        emergency.sudo()._loyalty_join(
            request.env.user.partner_id,
            typed(kw, "subject").strip()[:LONGEST_SUBJECT],
            kw["description"],
            [(file.filename, file.read()) for file in files if file.filename],
        )
        filing_sudo.ticket_id = emergency
        return request.redirect(f"/my/ticket/{emergency.id}?joined=1")

    # ------------------------------------------------------------------
    # Closing and confirming
    # ------------------------------------------------------------------

    @route(methods=["POST"])
    def support_ticket_close(self, **kw):
        """Close a ticket that the user may see, in a stage that its page offers.

        helpdesk_mgmt's own route closes any ticket for anybody, on a mere link.
        """
        user = request.env.user
        try:
            ticket = get_own_ticket(int(kw.get("ticket_id") or 0))
            stage_id = int(kw.get("stage_id") or 0)
            # Portal users act on their own behalf; staff need the right to write.
            if not user.share:
                ticket.check_access("write")
        except (ValueError, AccessError) as error:
            raise NotFound() from error
        # A follower of another firm reads it, and has no say.
        if user.share and not is_of_client(ticket):
            raise NotFound()
        # sudo: a client may close, and nothing else may be written; the user's access to this
        # ticket was checked above.
        ticket_sudo = ticket.sudo()
        stage_sudo = ticket_sudo._loyalty_sla_get_portal_stages().filtered(
            lambda stage: stage.id == stage_id
        )
        if stage_sudo and not ticket_sudo.closed:
            if user.share:
                # Staff read the history, also of what a client does.
                ticket_sudo = ticket_sudo._loyalty_in_staff_words()
            ticket_sudo.stage_id = stage_sudo
            if user.share:
                ticket_sudo._loyalty_note_closed_by_client()
        return redirect(f"/my/ticket/{ticket.id}")

    @route(
        "/my/ticket/<int:ticket_id>/confirm",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def ticket_confirm(self, ticket_id, **post):
        """Take the client's word whether a closed ticket is solved, and how it went."""
        ticket = get_own_ticket(ticket_id)
        # Staff have no say here, nor has a follower of another firm.
        if not is_of_client(ticket):
            raise NotFound()
        word = read_word(post)
        if not word:
            return request.redirect(get_incomplete_url(ticket_id, "confirm", post))
        # sudo: a client may answer what its own firm is asked, which was checked above; nothing
        # else is written.
        ticket.sudo()._loyalty_answer_as_client(*word)
        return request.redirect(f"/my/ticket/{ticket_id}")
