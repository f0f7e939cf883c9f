"""A menu and its action have another name: their translations are still those of the old one."""

from odoo.tools import SQL

RENAMED = [
    ("ir.ui.menu", "ir_ui_menu", "menu_program"),
    ("ir.actions.act_window", "ir_act_window", "program_action"),
]


def migrate(cr, version):
    """Forget them, so that the new ones are read with the module."""
    for model, table, name in RENAMED:
        cr.execute(
            SQL(
                """
                UPDATE %s
                   SET name = jsonb_build_object('en_US', name->'en_US')
                 WHERE id IN (
                       SELECT res_id
                         FROM ir_model_data
                        WHERE module = 'loyalty_service' AND model = %s AND name = %s
                       )
                """,
                SQL.identifier(table),
                model,
                name,
            )
        )
