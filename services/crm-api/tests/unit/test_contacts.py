"""How a signal leads to a contact."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from contracts.commands import Creation
from contracts.elements import ElementField
from contracts.signals import Identity, Signal
from crm_api.intake.contacts import new_contact, normal, normalised, titled

CONTACT_FIELDS = (
    ElementField(key="name", kind="string"),
    ElementField(key="phone", kind="phone"),
    ElementField(key="email", kind="email"),
)
FORM = Creation(
    type="deal", pipeline="deal/retail", stage="new", contact={"name": "your_name", "phone": "tel", "city": "town"}
)
PHONE = Identity(kind="phone", value="+351912345678")


def form(**payload: object) -> Signal:
    return Signal(
        id=uuid4(), kind="form.submitted", source="site", happened_at=datetime(2026, 1, 1, tzinfo=UTC), payload=payload
    )


@pytest.mark.parametrize(
    "written", ["+351 912 345 678", "00351912345678", "912345678", "(912) 345-678", "+351912345678"]
)
def test_a_phone_has_one_form_however_it_is_written(written: str) -> None:
    assert normal(Identity(kind="phone", value=written), "PT") == PHONE


@pytest.mark.parametrize("written", ["", "call me", "+351", "9" * 40, "912 CALL-ME", "+43 664 1234567 home"])
def test_what_cannot_be_a_phone_is_none(written: str) -> None:
    assert normal(Identity(kind="phone", value=written), "PT") is None


@pytest.mark.parametrize("written", ["", "ana", "ana@", "@example.pt", "ana@localhost"])
def test_what_cannot_be_an_email_is_none(written: str) -> None:
    assert normal(Identity(kind="email", value=written), "PT") is None


def test_identities_are_kept_once_in_their_order_and_unreadable_ones_left_out() -> None:
    given = (
        Identity(kind="email", value=" ANA@Example.pt"),
        Identity(kind="phone", value="not a phone"),
        Identity(kind="email", value="ana@example.pt"),
        Identity(kind="chat", value=" telegram:42 "),
    )
    assert normalised(given, "PT") == (
        Identity(kind="email", value="ana@example.pt"),
        Identity(kind="chat", value="telegram:42"),
    )


def test_a_new_contact_has_what_the_source_maps() -> None:
    assert new_contact(form(your_name="Ana", town=""), FORM, (), CONTACT_FIELDS) == {"name": "Ana"}


def test_a_new_contact_keeps_the_phone_by_which_it_is_found_again() -> None:
    fields = new_contact(form(your_name="Ana", tel="912 345 678"), FORM, (PHONE,), CONTACT_FIELDS)
    assert fields == {"name": "Ana", "phone": "+351912345678"}


def test_an_identity_is_kept_where_the_source_maps_nothing() -> None:
    silent = Creation(type="deal", pipeline="deal/retail", stage="new")
    assert new_contact(form(tel="912 345 678"), silent, (PHONE,), CONTACT_FIELDS) == {"phone": "+351912345678"}


def test_a_field_for_further_phones_is_filled_only_where_there_is_none_for_the_first() -> None:
    more = ElementField(key="more", kind="phone", multiple=True)
    assert new_contact(form(), FORM, (PHONE,), (more, *CONTACT_FIELDS)) == {"phone": "+351912345678"}
    assert new_contact(form(), FORM, (PHONE,), (more,)) == {"more": "+351912345678"}


def test_a_contact_without_a_name_is_called_by_how_it_is_reached() -> None:
    assert titled({"phone": "+351912345678", "email": "ana@example.pt"}) == "+351912345678"
    assert titled({"phone": "+351912345678", "name": "Ana"}) == "Ana"
    assert titled({}) == ""
