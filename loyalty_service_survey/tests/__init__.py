from . import (
    test_answer,
    test_concurrency,
    test_hooks,
    test_http,
    test_merge,
    test_performance,
    test_report,
    test_security,
    test_send,
    test_trigger,
    test_upgrade,
)
