"""Points are found by less: indexes and references that cost with every row and helped nobody."""

from odoo.tools import SQL


def migrate(cr, version):
    """Drop them, and say of each card when its first points expire."""
    cr.execute(
        SQL("""
        DROP INDEX IF EXISTS
             loyalty_service_move__company_id_index, loyalty_service_move__lot_id_index,
             loyalty_service_move_entry_idx, loyalty_service_move_expiry_idx,
             loyalty_service_move__card_id_index,
             loyalty_service_move__rule_id_index, loyalty_service_event__kind_index,
             loyalty_service_event__partner_id_index, loyalty_service_event__company_id_index
        """)
    )
    for column in ("program_id", "client_id", "lot_id"):
        name = f"loyalty_service_move_{column}_fkey"
        cr.execute(
            SQL(
                "ALTER TABLE loyalty_service_move DROP CONSTRAINT IF EXISTS %s",
                SQL.identifier(name),
            )
        )
        cr.execute(SQL("DELETE FROM ir_model_constraint WHERE name = %s", name))
    cr.execute(
        SQL("""
        UPDATE loyalty_card card
           SET service_next_expiry = lots.first
          FROM (
               SELECT lot.card_id, MIN(lot.expiry_date) AS first
                 FROM (
                      SELECT card_id, lot_id, MAX(expiry_date) AS expiry_date
                        FROM loyalty_service_move
                       WHERE expiry_date IS NOT NULL
                    GROUP BY card_id, lot_id
                      HAVING SUM(points) > 0
                      ) lot
             GROUP BY lot.card_id
               ) lots
         WHERE lots.card_id = card.id
        """)
    )
