"""Signatures where they are just good enough, or just not: how many are looked at, which secrets sign, what we send."""

import base64
import hmac
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from chassis.standard_webhooks import new_secret
from chassis.standard_webhooks import signed as sent
from contracts.webhooks import Hmac
from trigger_gateway.knocks import Knock
from trigger_gateway.sources import stripe
from trigger_gateway.sources.signatures import MOST_SIGNATURES, is_hmac, is_standard

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BODY = '{"name": "Lúcia 安"}'.encode()
SHOP = Hmac(header="X-Shop-Signature", encoding="base64")


def signed(key: bytes, *, before: int = 0, body: bytes = BODY) -> Knock:
    """Sign as a sender does who lists so many other signatures before ours."""
    at = str(int(AT.timestamp()))
    made = base64.b64encode(hmac.digest(key, b"msg_1." + at.encode() + b"." + body, "sha256")).decode()
    listed = " ".join(["v1,AAAA"] * before + [f"v1,{made}"])
    return Knock(body, {"webhook-id": "msg_1", "webhook-timestamp": at, "webhook-signature": listed}, AT)


def test_what_we_send_ourselves_would_be_let_in() -> None:
    old, new = new_secret(), new_secret()
    headers = sent([old, new], "msg_1", AT, BODY)
    assert is_standard(Knock(BODY, headers, AT), [new])
    assert is_standard(Knock(BODY, headers, AT), [old])
    assert not is_standard(Knock(BODY, headers, AT), [new_secret()])


@pytest.mark.parametrize("secret", ["plain words, no base64", "секрет", "whsec_нет", "whsec_not base64!", "a=b"])
def test_a_secret_that_is_no_base64_signs_as_the_text_that_it_is(secret: str) -> None:
    assert is_standard(signed(secret.encode()), [secret])
    assert not is_standard(signed(b"another"), [secret])
    assert not is_standard(signed(b""), [secret])


def test_a_secret_that_cannot_sign_does_not_stand_in_the_way_of_one_that_can() -> None:
    good = new_secret()
    key = base64.b64decode(good.removeprefix("whsec_"))
    for other in ("", "whsec_", "whpk_", "whpk_AAAA", "секрет"):
        assert is_standard(signed(key), [other, good])


def test_only_so_many_signatures_are_looked_at() -> None:
    assert is_standard(signed(b"text secret", before=MOST_SIGNATURES - 1), ["text secret"])
    assert not is_standard(signed(b"text secret", before=MOST_SIGNATURES), ["text secret"])


def listed(count: int, last: str) -> dict[str, str]:
    return {"x-shop-signature": ",".join(["AAAA"] * count + [last])}


def test_of_plain_hmacs_only_so_many_are_looked_at_too() -> None:
    made = base64.b64encode(hmac.digest(b"secret", BODY, "sha256")).decode()
    assert is_hmac(SHOP, listed(MOST_SIGNATURES - 1, made), BODY, ["secret"])
    assert not is_hmac(SHOP, listed(MOST_SIGNATURES, made), BODY, ["secret"])
    assert is_hmac(SHOP, {"x-shop-signature": f"  {made} "}, BODY, ["", "secret"])


def test_base64_is_compared_letter_by_letter_and_hex_in_any_case() -> None:
    made = hmac.digest(b"secret", BODY, "sha256")
    hexed = Hmac(header="X-Shop-Signature")
    assert is_hmac(hexed, {"x-shop-signature": made.hex().upper()}, BODY, ["secret"])
    assert not is_hmac(SHOP, {"x-shop-signature": base64.b64encode(made).decode().swapcase()}, BODY, ["secret"])
    assert not is_hmac(SHOP, {"x-shop-signature": made.hex()}, BODY, ["secret"])
    assert not is_hmac(SHOP, {}, BODY, ["secret"])


@pytest.mark.parametrize(
    "change",
    [
        lambda made: f"{made},{made}",
        lambda made: f" {made.replace(',', ' , ')} ",
        lambda made: f"v0=0,{made},v2=9",
        lambda made: f"{made},t=1",
    ],
)
def test_stripe_s_header_may_hold_more_than_we_read(change: Callable[[str], str]) -> None:
    at = str(int(AT.timestamp()))
    made = f"t={at},v1={stripe.sign('whsec_1', at, BODY)}"
    assert stripe.is_signed(change(made), BODY, ["whsec_1"], AT)


def test_of_two_timestamps_the_first_one_counts() -> None:
    now, old = str(int(AT.timestamp())), str(int(AT.timestamp()) - 3600)
    of_old = stripe.sign("whsec_1", old, BODY)
    assert not stripe.is_signed(f"t={now},t={old},v1={of_old}", BODY, ["whsec_1"], AT)
    assert not stripe.is_signed(f"t={old},t={now},v1={of_old}", BODY, ["whsec_1"], AT)
