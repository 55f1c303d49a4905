"""Signatures as Stripe's own library makes them, and what must not pass for one."""

from datetime import UTC, datetime, timedelta

import pytest
from stripe import WebhookSignature
from trigger_gateway.sources.stripe import is_signed

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NEW, OLD = "whsec_new", "whsec_old"
BODY = '{"id": "evt_1", "name": "Lúcia 安"}'.encode()


def header(secret: str = NEW, *, late: float = 0, body: bytes = BODY) -> str:
    at = int((AT - timedelta(seconds=late)).timestamp())
    return str(WebhookSignature.generate_signature_header(body.decode(), secret, at))


def v1(secret: str) -> str:
    return header(secret).partition(",")[2]


def test_a_signature_of_the_vendors_library_holds() -> None:
    assert is_signed(header(), BODY, [NEW], AT)


@pytest.mark.parametrize("late", [0, 299, 300, -299, -300])
def test_five_minutes_either_way_are_tolerated(late: int) -> None:
    assert is_signed(header(late=late), BODY, [NEW], AT)


@pytest.mark.parametrize("late", [301, 86_400, -301, -86_400])
def test_older_and_later_timestamps_are_refused_though_well_signed(late: int) -> None:
    assert not is_signed(header(late=late), BODY, [NEW], AT)


@pytest.mark.parametrize(
    "tampered", [BODY + b" ", BODY.replace(b"evt_1", b"evt_2"), BODY.replace(b": ", b":"), b"", BODY + b"\n"]
)
def test_a_changed_byte_is_refused(tampered: bytes) -> None:
    assert not is_signed(header(), tampered, [NEW], AT)


def test_a_moved_timestamp_is_refused() -> None:
    assert not is_signed(header().replace("t=", "t=1", 1), BODY, [NEW], AT)
    at = int(AT.timestamp())
    assert not is_signed(header(late=10).replace(f"t={at - 10}", f"t={at}"), BODY, [NEW], AT)


def test_any_of_the_secrets_that_are_valid_now_may_sign() -> None:
    assert is_signed(header(OLD), BODY, [NEW, OLD], AT)
    assert is_signed(header(NEW), BODY, [NEW, OLD], AT)


def test_a_secret_that_was_taken_away_signs_no_more() -> None:
    assert not is_signed(header(OLD), BODY, [NEW], AT)
    assert not is_signed(header(OLD), BODY, [], AT)


def test_while_the_sender_rotates_it_sends_a_signature_of_each_secret() -> None:
    both = f"{header(OLD)},{v1(NEW)}"
    assert is_signed(both, BODY, [NEW], AT)
    assert is_signed(both, BODY, [OLD], AT)
    assert not is_signed(both, BODY, ["whsec_other"], AT)


def test_schemes_other_than_v1_prove_nothing() -> None:
    assert not is_signed(header().replace("v1=", "v0="), BODY, [NEW], AT)


def test_an_empty_secret_signs_nothing() -> None:
    assert not is_signed(header(""), BODY, [""], AT)


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "t=",
        "v1=abc",
        f"t={int(AT.timestamp())}",
        f"t={int(AT.timestamp())},v1=",
        f"t={int(AT.timestamp())},v1=é",
        f"t=-{int(AT.timestamp())},v1=abc",
        "t=1_700_000_000,v1=abc",
        "t=٣,v1=abc",
        "t=" + "9" * 5000 + ",v1=abc",
        ",,,=,==",
    ],
)
def test_a_header_of_another_form_is_refused_quietly(broken: str) -> None:
    assert not is_signed(broken, BODY, [NEW], AT)


def test_only_the_first_twenty_parts_of_a_header_are_looked_at() -> None:
    flood = header().partition(",")[0] + ",v1=0" * 30 + "," + v1(NEW)
    assert not is_signed(flood, BODY, [NEW], AT)
