"""Tokens are known again by the key and the purpose they were made for, and by nothing else."""

import base64

import pytest
from chassis.signing import Signer
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

KEY = SecretStr(base64.b64encode(bytes(32)).decode())
OTHER = SecretStr(base64.b64encode(bytes(31) + b"1").decode())


@given(st.binary(max_size=300))
@settings(max_examples=50)
def test_what_a_token_carries_is_read_back(what: bytes) -> None:
    token = Signer(KEY, "letters").token(what)
    assert Signer(KEY, "letters").read(token) == what
    assert token.isascii()
    assert not set(token) & set("=+/")


@pytest.mark.parametrize("signer", [Signer(KEY, "visits"), Signer(OTHER, "letters")])
def test_another_key_or_purpose_knows_nothing_of_it(signer: Signer) -> None:
    assert signer.read(Signer(KEY, "letters").token(b"x")) is None


@given(st.data())
@settings(max_examples=100)
def test_a_changed_token_never_carries_something_else(data: st.DataObject) -> None:
    signer = Signer(KEY, "letters")
    token = signer.token(b"an address")
    at = data.draw(st.integers(0, len(token) - 1))
    changed = token[:at] + data.draw(st.sampled_from("AbZ9-_")) + token[at + 1 :]
    assert signer.read(changed) in {None, b"an address"}


@pytest.mark.parametrize("token", ["", "a", "é", "a b", "x" * 5000, "=" * 4])
def test_what_is_no_token_is_none(token: str) -> None:
    assert Signer(KEY, "letters").read(token) is None
