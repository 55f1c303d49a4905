"""Phones and emails as people write them: in one form, or refused with what to write."""

from typing import Any

import pytest
from contracts.config import Source
from hypothesis import given
from hypothesis import strategies as st
from trigger_gateway.identities import (
    IdentityUnreadable,
    identities_of,
    known_by,
    read_email,
    read_identity,
    read_phone,
)

# The digits of a Japanese keyboard.
FULLWIDTH = "912 345 678".translate({ord("0") + n: 0xFF10 + n for n in range(10)})


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("912 345 678", "PT", "+351912345678"),
        ("00351 912 345 678", "PT", "+351912345678"),
        ("+351 (912) 345-678", "RU", "+351912345678"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("tel. 912 345 678", "PT", "+351912345678"),
        ("912345678 ext. 5", "PT", "+351912345678"),
        (FULLWIDTH, "PT", "+351912345678"),
        ("٩١٢٣٤٥٦٧٨", "PT", "+351912345678"),
        ("02 1234 5678", "IT", "+390212345678"),
        ("+39 02 1234 5678", "PT", "+390212345678"),
        (" +351912345678\n", "PT", "+351912345678"),
        ("tel:+351-912-345-678", "PT", "+351912345678"),
        ("tel:+351-912-345-678;ext=5", "PT", "+351912345678"),
        ("telefone 912345678 extension 5", "PT", "+351912345678"),
        ("0664 1234567 h", "AT", "+436641234567"),
    ],
)
def test_a_phone_has_one_form_however_it_is_written(written: str, country: str, number: str) -> None:
    assert read_phone(written, country) == number
    assert read_phone(number, country) == number


@pytest.mark.parametrize(
    "written", ["", "+", "112", "12", "912 345 678 912 345 678", "call me", "+0 912345678", "\x00"]
)
def test_what_can_be_no_phone_is_refused_with_what_to_write(written: str) -> None:
    with pytest.raises(IdentityUnreadable, match=r"country code, like \+351 912 345 678"):
        read_phone(written, "PT")


@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("CALL-ME", "PT"),
        ("912 CALL-ME", "PT"),
        ("tel. 912 CALL-ME!", "PT"),
        ("1-800-FLOWERS", "US"),
        ("1-800-FLOWERS ext. 5", "US"),
        ("0664 1234567 home", "AT"),
        ("+43 664 1234567 casa;ext=5", "PT"),
    ],
)
def test_letters_are_no_digits_of_a_phone(written: str, country: str) -> None:
    with pytest.raises(IdentityUnreadable, match="country code"):
        read_phone(written, country)


def test_without_a_country_a_number_needs_its_code() -> None:
    assert read_phone("+351912345678", "") == "+351912345678"
    with pytest.raises(IdentityUnreadable):
        read_phone("912 345 678", "")


@pytest.mark.parametrize(
    ("written", "email"),
    [
        (" Ana.Reis+shop@Example.COM\n", "ana.reis+shop@example.com"),
        ("анна@пример.рф", "анна@пример.рф"),
        ("o'brien/x=1@mail.example.co.uk", "o'brien/x=1@mail.example.co.uk"),
        ("a@b.co", "a@b.co"),
        ("x" * 64 + "@example.com", "x" * 64 + "@example.com"),
    ],
)
def test_an_email_is_trimmed_and_lowered(written: str, email: str) -> None:
    assert read_email(written) == email


@pytest.mark.parametrize(
    "written",
    [
        "<ana@example.com>",
        "Ana<ana@example.com>",
        "ana@example.com,",
        "ana@example.com;rui@example.com",
        "ana@example.com,rui",
        "mailto:ana@example.com",
        '"ana"@example.com',
        "ana@[192.0.2.1]",
        "ana(x)@example.com",
        "ana\\@example.com",
        "ana@example.com.",
        "ana@example..c",
        "ana@example.c",
        "ana@.com",
        "ana @example.com",
        "ana\u00a0@example.com",
        "x" * 65 + "@example.com",
        "ana@" + "x" * 250 + ".com",
        "ana@@example.com",
        "",
    ],
)
def test_what_stands_around_an_email_is_no_part_of_one(written: str) -> None:
    with pytest.raises(IdentityUnreadable, match="write the email address like"):
        read_email(written)


def test_a_chat_is_known_by_what_its_channel_says_within_bounds() -> None:
    assert read_identity("chat", " shop-bot:5 ", "PT") == "shop-bot:5"
    assert len(read_identity("chat", "x" * 999, "PT")) == 254


@given(st.sampled_from(["phone", "email"]), st.text(max_size=40))
def test_what_is_read_once_is_read_alike_again(kind: str, written: str) -> None:
    for one in identities_of(kind, written, "PT"):
        assert identities_of(kind, one.value, "PT") == (one,)


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        ({"tel": "912345678", "mail": "Ana@example.com"}, ["+351912345678", "ana@example.com"]),
        ({"tel": "call me", "mail": "ana@example.com"}, ["ana@example.com"]),
        ({"tel": 912345678, "mail": None}, []),
        ({"tel": "  ", "mail": ["ana@example.com"]}, []),
        ({}, []),
    ],
)
def test_who_is_named_by_a_payload_is_who_can_be_read_of_it(payload: dict[str, Any], found: list[str]) -> None:
    source = Source(id="s", kind="webhook", token="t", identities={"phone": "tel", "email": "mail", "passport": "tel"})
    assert [one.value for one in known_by(source, payload, "PT")] == found
