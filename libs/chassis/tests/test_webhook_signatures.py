"""Signatures as receivers check them, and tokens for who answers later."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from chassis.answer_tokens import AnswerToken, NoToken
from chassis.secrets import Sealer
from chassis.standard_webhooks import NoSecret, check_secret, new_secret, signed
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

KEYS = [
    Sealer(SecretStr(key))
    for key in ("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk=")
]
TOKEN = AnswerToken("acme", "score", uuid4(), uuid4(), 3, datetime(2026, 11, 22, 10, tzinfo=UTC))


@settings(max_examples=30, deadline=None)
@given(body=st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_the_receivers_own_library_accepts_what_we_sign(body: str) -> None:
    secret, raw = new_secret(), body.encode()
    headers = signed([new_secret(), secret], "msg_1", datetime.now(UTC), raw)
    Webhook(secret).verify(raw, headers, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(raw, headers, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(raw + b" ", headers, json_parse=False)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_YQ==", "YWJj" * 8, "whsec_" + "YWJj" * 22, "whsec_é"])
def test_what_cannot_sign_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(NoSecret) as caught:
        check_secret(secret)
    assert str(caught.value) == "a secret is whsec_ and 24 to 64 bytes in base64"


def test_a_token_comes_back_as_it_went_and_may_stand_in_an_address() -> None:
    told = {TOKEN.seal(KEYS[0]) for _ in range(20)}
    assert len(told) == 20
    for token in told:
        assert AnswerToken.open(token, KEYS[0]) == TOKEN
        assert all(letter.isalnum() or letter in "-_." for letter in token)


def test_nothing_else_is_a_token() -> None:
    good = TOKEN.seal(KEYS[0])
    other = KEYS[0].seal("acme", "connection/acme/secret")
    changed = [good[:n] + ("A" if good[n] != "A" else "B") + good[n + 1 :] for n in range(3, len(good) - 1)]
    for token in ("", "v1.", "x" * 5000, "é", good[:-5], TOKEN.seal(KEYS[1]), other, *changed):
        with pytest.raises(NoToken):
            AnswerToken.open(token, KEYS[0])
