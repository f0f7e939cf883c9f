"""Scheduled work in batches: what cannot be done does not hold up what can."""

import logging

from psycopg2 import OperationalError

from odoo.exceptions import ConcurrencyError
from odoo.tools.misc import split_every

_logger = logging.getLogger(__name__)

# Another transaction was in the way. The records are as good as any others: the scheduled
# action starts again, with what is left to do.
IN_THE_WAY = (OperationalError, ConcurrencyError)


def work_off(records, do, size):
    """Call ``do`` for ``records``, batch by batch, as long as the scheduled action has time.

    Each batch is a transaction of its own. An action that was stopped goes on with what is
    due then.

    :param do: function of up to ``size`` records, which calls :func:`do_claimed`
    """
    cron = records.env["ir.cron"]
    # The commit lets each batch begin with what other workers have done by then.
    cron._commit_progress(remaining=len(records))
    for ids in split_every(size, records.ids):
        do(records.browse(ids))
        if not cron._commit_progress(len(ids)):
            break


def do_claimed(records, do, still_due=None, failed=None):
    """Call ``do`` for those of ``records`` that nobody else works on.

    :param still_due: function from records to those of them that are due; called once they
        are locked, since another worker may have been faster
    :param failed: see :func:`isolate`
    """
    records.invalidate_recordset()
    claimed = records.try_lock_for_update(allow_referencing=True)
    if still_due:
        claimed = still_due(claimed)
    if claimed:
        isolate(claimed, do, failed)


def isolate(records, do, failed=None):
    """Call ``do`` for all ``records`` at once or, where that fails, for one after the other.

    What fails is logged with its traceback and leaves no trace in the database.

    :param do: function of records
    :param failed: function of one record and its error, which keeps the error where people
        see it; without one the record is tried again the next time
    """
    try:
        with records.env.cr.savepoint():
            do(records)
        return
    except IN_THE_WAY:
        raise
    except Exception:
        if len(records) > 1:
            _logger.warning("%s failed, trying one by one", records, exc_info=True)
    for record in records:
        try:
            with records.env.cr.savepoint():
                do(record)
        except IN_THE_WAY:
            raise
        except Exception as error:
            _logger.exception("%s failed", record)
            if failed:
                failed(record, error)
