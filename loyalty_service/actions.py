"""What buttons answer with."""


def open_form(record):
    """Return the action that opens the form of ``record``, which is one or none."""
    return {
        "type": "ir.actions.act_window",
        "res_model": record._name,
        "res_id": record.id,
        "views": [(False, "form")],
    }
