from .common import SlaFixture, at


class ComplaintFixture(SlaFixture):
    """The desk of the other tests, with the default promise to who complains."""

    @classmethod
    def _set_up_complaints(cls):
        cls._set_up_desk()
        complaint_type = cls.env.ref("loyalty_service_sla.ticket_type_complaint")
        cls.policy_complaint = cls.Policy.create(
            {
                "name": "Complaints",
                "calendar_id": cls.calendar.id,
                "ticket_types": [(6, 0, complaint_type.ids)],
                **cls.Policy._get_complaint_terms(),
            }
        )
        cls.category = cls.env.ref("loyalty_service_sla.complaint_category_deadline")
        cls.cause = cls.env.ref("loyalty_service_sla.complaint_cause_process")

    def complain(self, when="2026-03-06 17:00", **values):
        """File a complaint, on a Friday evening, and return its record."""
        ticket = self.file(when, loyalty_ticket_type="complaint", **values)
        return ticket.loyalty_complaint_ids

    def approve(self, complaint):
        """Approve the compensation that stands on the page, by its button."""
        seen = [complaint.compensation_amount, complaint.compensation_text]
        complaint.with_context(loyalty_seen_compensation=seen).action_approve_compensation()

    def propose(self, complaint, when="2026-03-09 10:00", **values):
        """Bring a complaint to where the client is asked."""
        with at(when):
            complaint.with_user(self.agent).action_acknowledge()
            complaint.category_id = self.category
            complaint.action_investigate()
            complaint.write({"investigation": "Nobody looked", "root_cause_id": self.cause.id})
            complaint.action_solve()
            complaint.write({"solution": "Filed again", **values})
            if complaint.compensation_state == "requested":
                self.approve(complaint.with_user(self.leader))
            complaint.action_propose()
            self.env.flush_all()
