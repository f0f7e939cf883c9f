"""Scheduled work in batches: what cannot be done does not hold up what can."""

import logging

from psycopg2 import OperationalError

from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools.misc import split_every

_logger = logging.getLogger(__name__)

# Another transaction was in the way, or the database is not there. The records are as good as
# any others, which is for :func:`work_off` to know.
IN_THE_WAY = (OperationalError, ConcurrencyError)
# Of these, what passes when the other transaction is done.
WILL_PASS = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError)
# So often a batch is tried before the next one has its turn.
TRIES = 3


def work_off(records, do, size):
    """Call ``do`` for ``records``, batch by batch, as long as the scheduled action has time.

    Each batch is a transaction of its own. An action that was stopped goes on with what is
    due then. A batch that another transaction is in the way of is tried again and, if that does
    not help either, left for the next time; the others have their turn.

    :param do: function of up to ``size`` records, which calls :func:`do_claimed`
    """
    cron = records.env["ir.cron"]
    # The commit lets each batch begin with what other workers have done by then.
    cron._commit_progress(remaining=len(records))
    for ids in split_every(size, records.ids):
        done = try_again(records.browse(ids), do)
        if not cron._commit_progress(len(ids) if done else 0):
            break


def try_again(records, do, tries=TRIES):
    """Call ``do`` for ``records`` until it goes through, and tell whether it has.

    Each try is all that its transaction does: what another one is in the way of is rolled back.
    """
    for attempt in range(1, tries + 1):
        try:
            do(records)
            # With all that waits for the end of the transaction.
            records.env.cr.flush()
            return True
        except WILL_PASS:
            _logger.info("%s: another transaction is in the way, try %s", records, attempt)
            # As Odoo does before it runs a request again.
            records.env.cr.rollback()
            records.env.transaction.reset()
            records.env.registry.reset_changes()
    _logger.warning("%s is left for the next time: others were in the way", records)
    return False


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
