"""Identifiers as Meta's customer audiences take them."""

import pytest
from action_workers.hashing import hashed, normalised_email, normalised_phone

# The examples that Meta's documentation of customer audiences prints.
JOHN_SMITH = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
CALIFORNIA = "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"


@pytest.mark.parametrize("written", ["John_Smith@gmail.com", "  john_smith@GMAIL.com \n"])
def test_an_email_is_trimmed_and_lowered_before_it_is_hashed(written: str) -> None:
    assert hashed(normalised_email(written)) == JOHN_SMITH


@pytest.mark.parametrize("written", ["+1 (650)-555-1212", "+16505551212", " +1 650 555 12 12"])
def test_a_phone_is_its_digits_with_the_country_code(written: str) -> None:
    assert hashed(normalised_phone(written)) == CALIFORNIA


@pytest.mark.parametrize("written", ["(650)-555-1212", "916 123 45 67", "", "phone"])
def test_a_phone_without_country_code_is_not_guessed(written: str) -> None:
    assert not normalised_phone(written)


@pytest.mark.parametrize("written", ["", "nobody", "@", "a b@c.d"])
def test_what_is_no_email_is_left_out(written: str) -> None:
    assert not normalised_email(written)


def test_an_email_in_other_letters_stays_as_it_is_but_for_its_case() -> None:
    assert normalised_email("Олег@Пример.рф") == "олег@пример.рф"


def test_nothing_is_not_hashed() -> None:
    assert not hashed("")
