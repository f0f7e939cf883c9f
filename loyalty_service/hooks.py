"""What installing finds and uninstalling leaves.

Cards and their points belong to Odoo's own loyalty addon: what a client holds is worth money
and stays spendable without this addon. So a programme that has cards stays, with its reward,
as an ordinary programme of loyalty cards, and a later installation takes it up again. Without
cards it goes.
"""

from odoo.tools import SQL

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

PROGRAM = "loyalty_service.program_service"
# The name under which Odoo's addon keeps the programme in between.
KEPT_MODULE, KEPT_NAME = "loyalty", "loyalty_service_program"


def post_init_hook(env):
    """Take up the programme that an earlier installation left, with what its cards hold."""
    kept = env.ref(f"{KEPT_MODULE}.{KEPT_NAME}", raise_if_not_found=False)
    if not kept or not kept.active or kept.rule_ids:
        return
    fresh = env.ref(PROGRAM)
    fresh.tier_ids.program_id = kept
    fresh.earning_rule_ids.program_id = kept
    kept.service_points = True
    names = _names(env, KEPT_MODULE, KEPT_NAME)
    names.unlink()
    _names(env, *PROGRAM.split(".")).res_id = kept.id
    _remove(fresh)


def uninstall_hook(env):
    """Remove what Odoo would leave behind, and keep what clients hold."""
    env.cr.execute(SQL("DROP FUNCTION loyalty_service_move_refuse() CASCADE"))
    env.cr.execute(SQL("ALTER TABLE loyalty_card RESET (fillfactor)"))
    # Archived clients as well: they may come back, to a firm without tiers.
    everybody = env["loyalty.service.client"].with_context(active_test=False).search([])
    for tier, clients in everybody.grouped("tier_id").items():
        clients._swap_pricelist(tier.pricelist_id, tier.pricelist_id.browse())
    _remove_fulfilled_rewards(env)
    _leave_lost_reason(env)
    # Records of our own models go with their tables. One by one, those that the ledger speaks
    # of could not be deleted, and Odoo would fill the log with the attempts.
    env["ir.model.data"].search(
        [("module", "=", "loyalty_service"), ("model", "=like", "loyalty.service.%")]
    ).unlink()
    # The addons that lend our models a mixin name what they add to them, and Odoo forgets these
    # names when the models go.
    env["ir.model.data"].search(
        [
            ("module", "not like", "loyalty_service"),
            "|",
            ("name", "=like", r"selection\_\_loyalty\_service\_%"),
            ("name", "=like", r"model\_inherit\_\_loyalty\_service\_%"),
        ]
    ).unlink()
    forget_foreign_keys(env, "loyalty_service")
    program = env.ref(PROGRAM, raise_if_not_found=False)
    if not program:
        return
    if program.with_context(active_test=False).coupon_ids:
        _names(env, *PROGRAM.split(".")).write({"module": KEPT_MODULE, "name": KEPT_NAME})
    else:
        _leave_tiers(env, program.tier_ids)
        _remove(program)


def _leave_tiers(env, tiers):
    """Let go of tiers that are about to be deleted: what speaks of them goes with its table."""
    for table in ("tier_change", "tier_override", "tier_contest"):
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(f"loyalty_service_{table}")))
    for table, column in (("loyalty_service_client", "tier_id"), ("loyalty_reward", "min_tier_id")):
        env.cr.execute(
            SQL(
                "UPDATE %(table)s SET %(column)s = NULL WHERE %(column)s IN %(tiers)s",
                table=SQL.identifier(table),
                column=SQL.identifier(column),
                tiers=tuple(tiers.ids) or (0,),
            )
        )
    env.invalidate_all()


def _remove_fulfilled_rewards(env):
    """Delete gifts and services, of which Odoo's own addon would know nothing.

    What clients spent on them stays spent.
    """
    context = {"active_test": False, "loyalty_skip_reward_check": True, MODULE_UNINSTALL_FLAG: True}
    leaving = env(context={**env.context, **context})
    leaving["loyalty.service.redemption"].search([]).unlink()
    leaving["loyalty.reward"].search([("service_kind", "!=", "discount")]).unlink()


def _leave_lost_reason(env):
    """Leave to the firm the reason for which it has lost leads, if there are any."""
    name = _names(env, "loyalty_service", "lost_reason_referral")
    leads = env["crm.lead"].with_context(active_test=False)
    if leads.search_count([("lost_reason_id", "in", name.mapped("res_id"))], limit=1):
        name.unlink()


def _names(env, module, name):
    return env["ir.model.data"].search([("module", "=", module), ("name", "=", name)])


def _remove(program):
    """Delete a programme without cards, with the products that Odoo made for its rewards."""
    products = program.reward_ids.discount_line_product_id
    program.tier_ids.unlink()
    program.earning_rule_ids.unlink()
    program.active = False
    program.unlink()
    products.unlink()


# ----------------------------------------------------------------------
# For the addons that build upon this one
# ----------------------------------------------------------------------


def take_over_event_types(env, module, codes):
    """Give ``module`` the event types that an earlier installation of it left with its events."""
    types = (
        env["loyalty.service.event.type"]
        .with_context(active_test=False)
        .search([("code", "in", codes)])
    )
    types.active = True
    env["ir.model.data"]._update_xmlids(
        [
            {
                "xml_id": f"{module}.event_type_{event_type.code}",
                "record": event_type,
                "noupdate": True,
            }
            for event_type in types
        ]
    )


def leave_event_types(env, module, codes):
    """Keep what the ledgers speak of, archived, when ``module`` goes.

    That is event types, and the rules by which their events gave points.
    """
    told = env["loyalty.service.event"]._read_group([("type_id.code", "in", codes)], ["type_id"])
    types = env["loyalty.service.event.type"].union(*(event_type for (event_type,) in told))
    types.active = False
    leave_records(env, module, types)
    gave = env["loyalty.service.move"]._read_group(
        [("rule_id.event_type_id", "in", types.ids)], ["rule_id"]
    )
    rules = env["loyalty.service.earning.rule"].union(*(rule for (rule,) in gave))
    rules.active = False
    leave_records(env, module, rules)


def leave_records(env, module, records):
    """Take the external ids of ``module`` from records, which Odoo would delete with it."""
    env["ir.model.data"].search(
        [("module", "=", module), ("model", "=", records._name), ("res_id", "in", records.ids)]
    ).unlink()


def forget_foreign_keys(env, module):
    """Remove Odoo's notes of the foreign keys that ``module`` added to other addons' models.

    They have no external id, and so Odoo forgets to forget them.
    """
    env["ir.model.constraint"].search(
        [
            ("module.name", "=", module),
            ("type", "=", "f"),
            ("model.model", "not like", "loyalty.service"),
        ]
    ).unlink()
