"""What each kind of field takes, and how it refuses the rest."""

from typing import Any
from uuid import uuid4

import pytest
from automation.knowledge import Knowledge
from contracts.config import Portal
from contracts.elements import ElementField, ElementType, FieldKind
from contracts.items import Item, Link
from contracts.people import Person
from crm_api.fields import FieldError, identities, missing, read_fields, read_responsible, read_title, require

KINDS: tuple[FieldKind, ...] = (
    "string", "text", "integer", "decimal", "money", "date", "datetime", "boolean", "phone", "email", "url", "link",
)  # fmt: skip
TYPE = ElementType(
    key="thing",
    fields=(
        *(ElementField(key=kind, kind=kind, to="contact") for kind in KINDS),
        ElementField(key="choice", kind="choice", choices=("S", "M")),
    ),
)
KNOWLEDGE = Knowledge(
    types={"thing": TYPE}, portals={"portal": Portal(country="PT")}, people={"ann": Person(id="ann", name="Ann")}
)


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("string", "oak", "oak"),
        ("text", "x" * 9_000, "x" * 9_000),
        ("integer", 12, 12),
        ("decimal", "12.50", "12.50"),
        ("decimal", 12, "12"),
        ("decimal", "1E+3", "1000"),
        ("money", "1200.00 EUR", "1200.00 EUR"),
        ("date", "2026-12-31", "2026-12-31"),
        ("datetime", "2026-12-31T10:00:00+01:00", "2026-12-31T09:00:00+00:00"),
        ("datetime", "2026-12-31T10:00:00Z", "2026-12-31T10:00:00+00:00"),
        ("boolean", False, False),
        ("choice", "M", "M"),
        ("phone", "912 345 678", "+351912345678"),
        ("phone", "+44 20 7946 0018", "+442079460018"),
        ("email", " Ann@Example.COM ", "ann@example.com"),
        ("url", "https://example.com/a?b=c", "https://example.com/a?b=c"),
        ("date", None, None),
    ],
)
def test_a_value_is_kept_in_its_normal_form(kind: str, given: Any, kept: Any) -> None:
    assert read_fields(KNOWLEDGE, "thing", {kind: given}) == {kind: kept}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("string", 5),
        ("string", "x" * 501),
        ("text", "x" * 10_001),
        ("integer", "12"),
        ("integer", True),
        ("integer", 1.0),
        ("integer", 2**60),
        ("string", "a\0b"),
        ("text", "half \ud800 pair"),
        ("decimal", "1E+1000000"),
        ("decimal", 12.5),
        ("decimal", "NaN"),
        ("decimal", "twelve"),
        ("decimal", True),
        ("money", "1200"),
        ("money", 1200),
        ("money", "1,200.00 EUR"),
        ("date", "31.12.2026"),
        ("date", 5),
        ("datetime", "2026-12-31T10:00:00"),
        ("datetime", "soon"),
        ("boolean", "yes"),
        ("boolean", 1),
        ("choice", "XL"),
        ("choice", ["S"]),
        ("phone", "call me"),
        ("phone", "123"),
        ("email", "ann"),
        ("email", "ann@example"),
        ("url", "javascript:alert(1)"),
        ("link", "0195576e-2d80-7c3a-9a51-0d6f4b1c2e09"),
        ("colour", "red"),
    ],
)
def test_a_value_that_does_not_fit_names_its_field_and_a_remedy(kind: str, given: Any) -> None:
    with pytest.raises(FieldError) as refused:
        read_fields(KNOWLEDGE, "thing", {kind: given})
    assert refused.value.field == f"fields.{kind}"
    assert refused.value.problem
    assert refused.value.fix


def test_who_is_responsible_is_somebody_we_know_or_nobody() -> None:
    assert read_responsible("ann", KNOWLEDGE) == "ann"
    assert read_responsible(None, KNOWLEDGE) is None
    strangers: tuple[Any, ...] = ("bob", 5, ["ann"], {})
    for unknown in strangers:
        with pytest.raises(FieldError, match="responsible"):
            read_responsible(unknown, KNOWLEDGE)


def test_a_title_is_a_text_of_some_length() -> None:
    assert read_title("Oak table") == "Oak table"
    for wrong in (None, 5, "x" * 501, "\0"):
        with pytest.raises(FieldError, match="title"):
            read_title(wrong)


def item(**more: Any) -> Item:
    """Give an item of a type that requires a name and a contact."""
    at = "2026-01-01T00:00:00Z"
    return Item.model_validate({"id": uuid4(), "type": "deal", "version": 1, "entered_at": at, "created_at": at} | more)


NEEDY = ElementType(
    key="deal",
    fields=(
        ElementField(key="name", kind="string", required=True),
        ElementField(key="contact", kind="link", to="contact", required=True),
        ElementField(key="size", kind="string"),
    ),
)


def test_required_fields_are_missing_until_they_have_a_value_or_a_link() -> None:
    link = Link(role="contact", type="contact", id=uuid4())
    assert missing(NEEDY, item()) == ("name", "contact")
    assert missing(NEEDY, item(fields={"name": "Oak"})) == ("contact",)
    assert missing(NEEDY, item(fields={"name": "Oak"}, links=(link,))) == ()


def test_only_the_fields_that_are_asked_for_are_required() -> None:
    require(NEEDY, item(), of=["size"])
    with pytest.raises(FieldError, match="contact"):
        require(NEEDY, item(), of=["contact"])


def test_a_person_is_known_by_every_phone_and_email() -> None:
    type_ = ElementType(
        key="contact",
        fields=(
            ElementField(key="mobile", kind="phone"),
            ElementField(key="home", kind="phone"),
            ElementField(key="email", kind="email"),
            ElementField(key="name", kind="string"),
        ),
    )
    found = identities(type_, {"mobile": "+351912345678", "email": "ann@example.com", "name": "Ann"})
    assert found == {("phone", "+351912345678"), ("email", "ann@example.com")}
