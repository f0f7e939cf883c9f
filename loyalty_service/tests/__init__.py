from . import (
    test_agreement,
    test_event,
    test_health,
    test_health_metric,
    test_health_screen,
    test_health_source,
    test_invoice_events,
    test_other_sources,
    test_points_concurrency,
    test_points_earning,
    test_points_ledger,
    test_points_orders,
)
