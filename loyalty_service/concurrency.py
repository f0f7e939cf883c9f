"""Two transactions that make the same thing at once."""

from contextlib import contextmanager

from psycopg2.errors import ExclusionViolation, UniqueViolation

from odoo.exceptions import ConcurrencyError


@contextmanager
def again_if_taken(model, index):
    """Let the transaction run again where another one was faster.

    Odoo runs a request again that fails with a concurrency error; it then finds what the other
    one has made. Any other violation passes.

    :param model: recordset
    :param index: unique index or constraint of the model that keeps one of each, or no two that
        overlap
    """
    try:
        yield
    except (UniqueViolation, ExclusionViolation) as error:
        if error.diag.constraint_name != index.full_name(model):
            raise
        raise ConcurrencyError(str(error)) from error
