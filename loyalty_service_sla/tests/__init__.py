from . import (
    test_breach,
    test_company_hours,
    test_concurrency,
    test_helpdesk_words,
    test_hooks,
    test_performance,
    test_policy,
    test_portal,
    test_security,
    test_story,
    test_tier_benefits,
    test_tour,
)
