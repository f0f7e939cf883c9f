"""Mails to clients: they wait in Odoo's queue, which looks at them at once."""

# What clients are told is no message for all who may read the record.
PERSONAL = {"message_type": "user_notification"}
# In the context of notices after which the queue is woken: sent by both, they might go twice.
QUEUED = {"mail_notify_force_send": False}
# So that no machine answers (RFC 3834, section 5; the second is Exchange's).
HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}


def send(template, records, **email_values):
    """Put a mail for each of ``records`` into the outgoing queue, and wake the queue once.

    Else they would leave with its next hourly round. The queue begins when the transaction is
    over, tries again what fails, and holds up nobody who clicks.

    :param template: ``mail.template``, or none if somebody has deleted it
    :return: the mails, or None
    """
    if not template or not records:
        return None
    mails = template.send_mail_batch(
        records.ids, email_values={"headers": repr(HEADERS), **email_values}
    )
    wake(template.env)
    return mails


def wake(env):
    """Have the outgoing queue looked at when the transaction is over."""
    queue = env.ref("mail.ir_cron_mail_scheduler_action", raise_if_not_found=False)
    if queue:
        queue._trigger()
