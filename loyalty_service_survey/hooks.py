"""What installing and uninstalling leaves to what was there before and stays after."""

from odoo.addons.loyalty_service.hooks import (
    forget_foreign_keys,
    leave_event_types,
    leave_records,
    take_over_event_types,
)

MODULE = "loyalty_service_survey"
EVENT_CODES = ("survey_answered", "survey_satisfaction", "survey_nps", "survey_detractor")


def pre_init_hook(env):
    """Take over the event types that an earlier installation left with its events."""
    take_over_event_types(env, MODULE, EVENT_CODES)


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
    were answered, and event types that the ledger speaks of, with the rules that reward them,
    lose that id and stay as ordinary records of the addons that they belong to.
    """
    answered = env["survey.user_input"]._read_group([("state", "=", "done")], ["survey_id"])
    surveys = env["survey.survey"].union(*(survey for (survey,) in answered))
    questions = surveys.with_context(active_test=False).question_and_page_ids
    for records in (surveys, questions, questions.suggested_answer_ids):
        leave_records(env, MODULE, records)
    leave_event_types(env, MODULE, EVENT_CODES)
    env["mail.mail"].search([("model", "=", "loyalty.service.survey.invitation")]).unlink()
    forget_foreign_keys(env, MODULE)
