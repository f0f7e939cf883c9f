"""What installing and uninstalling leaves to what was there before and stays after."""

MODULE = "loyalty_service_survey"
EVENT_CODES = ("survey_answered", "survey_satisfaction", "survey_nps", "survey_detractor")


def pre_init_hook(env):
    """Take over the event types that an earlier installation left with its events."""
    types = (
        env["loyalty.service.event.type"]
        .with_context(active_test=False)
        .search([("code", "in", EVENT_CODES)])
    )
    types.active = True
    known = env["ir.model.data"].search([("model", "=", types._name), ("res_id", "in", types.ids)])
    env["ir.model.data"].create(
        [
            {
                "module": MODULE,
                "name": f"event_type_{event_type.code}",
                "model": event_type._name,
                "res_id": event_type.id,
                "noupdate": True,
            }
            for event_type in types
            if event_type.id not in known.mapped("res_id")
        ]
    )


def post_init_hook(env):
    """Show on clients what the ledger knows from an earlier installation or an import."""
    told = env["loyalty.service.event"]._read_group(
        [("signal", "in", ("satisfaction", "nps"))], ["partner_id"]
    )
    partners = env["res.partner"].union(*(partner for (partner,) in told))
    env["loyalty.service.client"].search(
        [("partner_id", "in", partners.ids)]
    )._update_survey_figures()


def uninstall_hook(env):
    """Keep what clients said, remove the rest.

    Uninstalling deletes every record that has an external id of this addon. Surveys that
    were answered, and event types that the ledger speaks of, lose that id and stay as
    ordinary records of the addons that they belong to.
    """
    answered = env["survey.user_input"]._read_group([("state", "=", "done")], ["survey_id"])
    surveys = env["survey.survey"].union(*(survey for (survey,) in answered))
    questions = surveys.with_context(active_test=False).question_and_page_ids
    told = env["loyalty.service.event"]._read_group(
        [("type_id.code", "in", EVENT_CODES)], ["type_id"]
    )
    types = env["loyalty.service.event.type"].union(*(event_type for (event_type,) in told))
    types.active = False
    for records in (surveys, questions, questions.suggested_answer_ids, types):
        env["ir.model.data"].search(
            [
                ("module", "=", MODULE),
                ("model", "=", records._name),
                ("res_id", "in", records.ids),
            ]
        ).unlink()
    env["mail.mail"].search([("model", "=", "loyalty.service.survey.invitation")]).unlink()
    # Odoo notes the foreign key of a field that is added to another addon's model without an
    # external id, and so forgets to forget it.
    env["ir.model.constraint"].search(
        [
            ("module.name", "=", MODULE),
            ("type", "=", "f"),
            ("model.model", "not like", "loyalty.service"),
        ]
    ).unlink()
