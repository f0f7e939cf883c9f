from . import test_agreement, test_event, test_invoice_events, test_other_sources
