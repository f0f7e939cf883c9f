"""Which mails a machine wrote: headers as mail programmes really send them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service_sla.engine.automatic_mail import is_automatic

AUTOMATIC = [
    [("Auto-Submitted", "auto-replied")],
    [("auto-submitted", "Auto-Generated")],
    [("Auto-Submitted", "auto-replied (vacation)")],
    [("Auto-Submitted", 'auto-notified; owner-email="wang@example.com"')],
    [("X-Auto-Response-Suppress", "All")],
    [("X-Auto-Response-Suppress", "DR, OOF, AutoReply")],
    [("Precedence", "auto_reply")],
    [("Precedence", "bulk")],
    [("Precedence", "junk")],
    [("X-Autoreply", "yes")],
    [("X-Autorespond", "VAT return")],
    [("X-Auto-Reply-From", ""), ("X-Mail-Autoreply", "1")],
    [("Return-Path", "<>")],
]

BY_HAND = [
    [],
    [("Auto-Submitted", "no")],
    [("Auto-Submitted", "auto-forwarded")],
    [("Auto-Submitted", "")],
    # A shared mailbox of the client.
    [("Precedence", "list"), ("List-Id", "<books.example.com>")],
    # Asks for no receipts: people set it, too.
    [("X-Auto-Response-Suppress", "DR, RN, NRN")],
    [("X-Autoreply", "no")],
    [("Return-Path", "<wang@example.com>")],
    [("Priority", "bulk")],
]


@pytest.mark.parametrize("headers", AUTOMATIC)
def test_a_machine_wrote_it(headers):
    assert is_automatic(headers, "Re: VAT return")


@pytest.mark.parametrize("headers", BY_HAND)
def test_somebody_wrote_it(headers):
    assert not is_automatic(headers, "Re: VAT return")


@pytest.mark.parametrize(
    ("subject", "automatic"),
    [
        ("Automatic reply: VAT return", True),
        ("Auto-Reply: VAT return", True),
        ("Out of the office reply: VAT return", True),
        ("自动回复: 增值税申报", True),
        ("自动答复：增值税申报", True),
        ("自動回覆：營業稅申報", True),
        # Somebody answers such a mail, or asks about them.
        ("Re: Automatic reply: VAT return", False),
        ("Automatic reply does not work", False),
        ("自动回复怎么设置", False),
        ("Autorisation: VAT return", False),
        ("", False),
    ],
)
def test_subjects(subject, automatic):
    assert is_automatic([], subject) is automatic


@given(
    st.lists(st.tuples(st.text(max_size=20), st.text(max_size=30)), max_size=5),
    st.text(max_size=40),
    st.sampled_from(AUTOMATIC),
)
def test_nothing_breaks_it_and_one_header_is_enough(headers, subject, telling):
    assert is_automatic(headers, subject) in (True, False)
    assert is_automatic([*headers, *telling], subject)
