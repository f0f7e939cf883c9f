from . import (
    account_move,
    account_partial_reconcile,
    agreement,
    calendar_event,
    client,
    crm_lead,
    end_reason,
    event,
    event_type,
    product_template,
    res_partner,
    sale_order,
)
