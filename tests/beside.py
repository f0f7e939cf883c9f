"""A ticket's life where OCA's own addons for the service desk are installed, ours or both.

Runs in a process of its own, see `dev.env.database.call`; what fails here fails there.
"""

#: The stages that matter here, by their names in helpdesk_mgmt.
STAGES = ("awaiting", "done")

#: Screens that all of them extend.
SCREENS = {
    "helpdesk.ticket": ("form", "list", "kanban", "search"),
    "helpdesk.ticket.team": ("form",),
}


def work(env, ours: bool, theirs: bool) -> dict:
    """Create, answer, move and close a ticket; return what each addon says of it."""
    desk = Desk(env, ours, theirs)
    desk.open()
    told = {"opened": desk.look()}
    desk.wait()
    told["waits"] = desk.look()
    desk.close()
    told["closed"] = desk.look()
    for model, kinds in SCREENS.items():
        env[model].get_views([(False, kind) for kind in kinds])
    if theirs:
        told["asked"] = desk.is_asked_to_rate()
    if ours and theirs:
        told["page"] = desk.publish_page()
    # What is left to do at the end of a request is part of it.
    env.cr.flush()
    return told


class Desk:
    def __init__(self, env, ours, theirs):
        self.env, self.ours, self.theirs = env, ours, theirs
        stage = {name: env.ref(f"helpdesk_mgmt.helpdesk_ticket_stage_{name}") for name in STAGES}
        self.awaiting, self.done = stage["awaiting"], stage["done"]
        admin = env.ref("base.user_admin")
        self.client = env["res.partner"].create(
            {"name": "Beside Trading", "is_company": True, "email": "beside@example.com"}
        )
        team = {"name": "Beside", "user_id": admin.id, "user_ids": [(6, 0, admin.ids)]}
        if theirs:
            team["use_sla"] = True
            # Of an earlier ticket's life.
            env["helpdesk.sla"].search([]).active = False
            env["helpdesk.sla"].create(
                {
                    "name": "Done in two days",
                    "stage_id": self.done.id,
                    "ignore_stage_ids": [(6, 0, self.awaiting.ids)],
                    "days": 2,
                }
            )
            self.done.rating_mail_template_id = env.ref(
                "helpdesk_mgmt_rating.rating_ticket_email_template"
            )
        self.team = env["helpdesk.ticket.team"].create(team)
        # The same field in both.
        self.team.resource_calendar_id = env.company.resource_calendar_id
        self.admin = admin

    def open(self):
        self.ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "Beside",
                "description": "<p>x</p>",
                "partner_id": self.client.id,
                "team_id": self.team.id,
                "user_id": self.admin.id,
            }
        )

    def wait(self):
        """Staff answers, and the ticket waits for the client."""
        self.ticket.with_user(self.admin).message_post(
            body="Please send us the receipt.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.ticket.stage_id = self.awaiting

    def close(self):
        self.ticket.stage_id = self.done

    def look(self):
        """Return ``{"ours": {target: state}, "theirs": [state]}``."""
        self.env.flush_all()
        self.ticket.invalidate_recordset()
        told = {}
        if self.ours:
            clocks = self.ticket.loyalty_sla_clock_ids.filtered("seconds")
            told["ours"] = {
                clock.target: clock.state
                for clock in clocks
                if clock.target in ("first_response", "resolution")
            }
        if self.theirs:
            told["theirs"] = self.ticket.ticket_sla_ids.mapped("state")
            assert all(self.ticket.ticket_sla_ids.mapped("deadline"))
        return told

    def is_asked_to_rate(self):
        """Return whether helpdesk_mgmt_rating has asked the client."""
        return bool(self.ticket.rating_ids)

    def publish_page(self):
        """Release one of document_page's pages to the clients; return what they are offered."""
        page = self.env["document.page"].create(
            {"name": "Moving house", "content": "<p>Register the new address.</p>"}
        )
        answer = self.env["loyalty.service.sla.answer"].create({"page": f"document.page,{page.id}"})
        answer.action_publish()
        return [answer.question, answer.published]
