"""How a person is known."""

import pytest
from contracts.config import ElementField, ElementType
from contracts.signals import Identity
from crm_api.contacts import identities_of, normal_email, normal_phone, normalised


@pytest.mark.parametrize(
    "written", ["+351 912 345 678", "00351912345678", "912345678", "(912) 345-678", "+351912345678"]
)
def test_a_phone_has_one_form_however_it_is_written(written: str) -> None:
    assert normal_phone(written, "PT") == "+351912345678"


def test_a_national_number_is_read_in_the_portals_country() -> None:
    assert normal_phone("02079460958", "gb") == "+442079460958"


@pytest.mark.parametrize("written", ["", "call me", "12", "+351", "9" * 40])
def test_what_cannot_be_a_phone_is_none(written: str) -> None:
    assert normal_phone(written, "PT") is None


def test_a_national_number_without_a_country_is_none() -> None:
    assert normal_phone("912345678", "") is None


def test_an_email_has_one_form() -> None:
    assert normal_email("  Ana.Silva@Example.PT ") == "ana.silva@example.pt"


@pytest.mark.parametrize(
    "written", ["", "ana", "ana@", "@example.pt", "ana@localhost", "a na@example.pt", "a@" + "b" * 260 + ".pt"]
)
def test_what_cannot_be_an_email_is_none(written: str) -> None:
    assert normal_email(written) is None


def test_identities_are_kept_once_in_their_order_and_unreadable_ones_left_out() -> None:
    given = (
        Identity(kind="email", value="ANA@example.pt"),
        Identity(kind="phone", value="not a phone"),
        Identity(kind="email", value="ana@example.pt"),
        Identity(kind="chat", value=" telegram:42 "),
    )
    assert normalised(given, "PT") == (
        Identity(kind="email", value="ana@example.pt"),
        Identity(kind="chat", value="telegram:42"),
    )


def test_the_fields_of_kind_phone_and_email_are_identities() -> None:
    contact = ElementType(
        key="contact",
        fields=(
            ElementField(key="mobile", kind="phone"),
            ElementField(key="email", kind="email"),
            ElementField(key="name", kind="string"),
        ),
    )
    fields = {"mobile": "912345678", "email": None, "name": "ana@example.pt", "phone": "+351210000000"}
    assert identities_of(contact, fields, "PT") == (Identity(kind="phone", value="+351912345678"),)


def test_a_type_that_is_not_described_has_the_usual_fields() -> None:
    assert identities_of(None, {"email": "ana@example.pt", "age": 3}, "PT") == (
        Identity(kind="email", value="ana@example.pt"),
    )
