"""Every kind of field on its way into an item: several values, people, files, addresses, choices."""

from typing import Any

import pytest
from automation.knowledge import Knowledge
from contracts.config import Portal
from contracts.elements import ElementField, ElementType, FieldKind
from contracts.people import Person
from crm_api.fields import READERS, FieldError, defaults, identities, read_fields, several
from hypothesis import given, settings
from hypothesis import strategies as st

EMPTY: list[Any] = [None, "", []]
HASH = "ab" * 32
KINDS: tuple[FieldKind, ...] = (
    "string", "text", "integer", "decimal", "money", "date", "datetime", "boolean", "choice", "choices", "person",
    "file", "phone", "email", "url", "address", "chat",
)  # fmt: skip
CHOICES = ("oak", "pine", "sale")
GOOD: dict[FieldKind, Any] = {
    "string": "oak",
    "text": "a long story",
    "integer": 5,
    "decimal": "5.5",
    "money": "5 EUR",
    "date": "2026-05-01",
    "datetime": "2026-05-01T00:00:00+00:00",
    "boolean": False,
    "choice": "oak",
    "choices": ["oak"],
    "person": "ann",
    "file": HASH,
    "phone": "+351912345678",
    "email": "ann@example.com",
    "url": "https://example.com",
    "address": {"city": "Porto"},
    "chat": "shop-telegram:5512345",
}


def made(kind: FieldKind, **more: Any) -> ElementField:
    choices = CHOICES if kind in {"choice", "choices"} else ()
    return ElementField.model_validate({"key": kind, "kind": kind, "choices": choices, **more})


FIELDS = tuple(made(kind) for kind in KINDS)
MANY = tuple(made(kind, key=f"{kind}_s", multiple=True) for kind in KINDS if kind != "choices")
KNOWLEDGE = Knowledge(
    types={"thing": ElementType(key="thing", fields=(*FIELDS, *MANY))},
    portals={"portal": Portal(country="PT")},
    people={"ann": Person(id="ann", name="Ann"), "rui": Person(id="rui", name="Rui")},
)


def read(key: str, value: Any) -> Any:
    return read_fields(KNOWLEDGE, "thing", {key: value})[key]


def refused(key: str, value: Any) -> FieldError:
    with pytest.raises(FieldError) as error:
        read(key, value)
    return error.value


def test_every_kind_has_a_reader_and_takes_its_own_normal_form_again() -> None:
    assert set(READERS) == set(KINDS) == set(GOOD)
    for kind, value in GOOD.items():
        assert read(kind, value) == value
        assert read(kind, read(kind, value)) == value


def test_nothing_empties_a_field_of_any_kind() -> None:
    for kind in KINDS:
        assert [read(kind, nothing) for nothing in EMPTY] == [None, None, None]


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("choices", ["sale", "oak", "sale"], ["oak", "sale"]),
        ("person", "rui", "rui"),
        ("address", {"city": " Porto ", "street": ""}, {"city": "Porto"}),
        ("address", {"street": " "}, None),
        ("phone_s", ["912 345 678", "+351912345678"], ["+351912345678"]),
        ("integer_s", [3, 1, 3], [3, 1]),
        ("person_s", ["rui", "ann"], ["rui", "ann"]),
        ("address_s", [{"city": "Porto"}, {"city": "Lisboa"}], [{"city": "Porto"}, {"city": "Lisboa"}]),
        ("boolean_s", [True, False], [True, False]),
        ("address_s", [{}], None),
    ],
)
def test_values_are_kept_in_one_form(key: str, value: Any, kept: Any) -> None:
    assert read(key, value) == kept


@pytest.mark.parametrize(
    ("key", "value", "field", "fix"),
    [
        ("choices", "oak", "fields.choices", "send a list of: oak, pine, sale"),
        ("choices", ["ash"], "fields.choices", "send a list of: oak, pine, sale"),
        ("choices", [["oak"]], "fields.choices", "send a list of: oak, pine, sale"),
        ("choice", "ash", "fields.choice", "use one of: oak, pine, sale"),
        ("choice", {}, "fields.choice", "use one of: oak, pine, sale"),
        ("person", "bob", "fields.person", "send the id of a person whom we know"),
        ("person", ["ann"], "fields.person", "send the id of a person whom we know"),
        ("file", "plan.pdf", "fields.file", "put its bytes to /v1/files and send the hash of the answer"),
        ("file", 7, "fields.file", "put its bytes to /v1/files and send the hash of the answer"),
        ("address", "Rua A 1", "fields.address", "send an object of short texts: street, city, region, postal_code"),
        ("address", {"house": "1"}, "fields.address", "send an object of short texts"),
        ("address", {"city": 5}, "fields.address", "send an object of short texts"),
        ("address", {"city": "x" * 201}, "fields.address", "send an object of short texts"),
        ("address", {"city": "a\0b"}, "fields.address", "leave out characters that are not text"),
        ("url", "https://example.com/" + "x" * 2_000, "fields.url", "send a text of at most 2000 characters"),
        ("email", "a" * 250 + "@example.com", "fields.email", "write it like 'ann@example.com'"),
        ("datetime", "0001-01-01T00:00:00+14:00", "fields.datetime", "write it like"),
        ("integer_s", 5, "fields.integer_s", "send a list of at most 100 values"),
        ("integer_s", [1] * 101, "fields.integer_s", "send a list of at most 100 values"),
        ("integer_s", [1, "2"], "fields.integer_s.1", "send a whole number"),
        ("phone_s", ["+351912345678", "call"], "fields.phone_s.1", "write it with its country"),
        ("string_s", ["a", "\ud800"], "fields.string_s.1", "leave out characters that are not text"),
        ("string", ["a"], "fields.string", "send a text of at most 500 characters"),
    ],
)
def test_what_does_not_fit_names_its_place_and_the_way_to_mend_it(key: str, value: Any, field: str, fix: str) -> None:
    error = refused(key, value)
    assert error.field == field
    assert fix in error.fix
    assert len(error.problem) < 200


@settings(deadline=None)
@given(
    st.sampled_from([*KINDS, *(f.key for f in MANY)]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
        max_leaves=6,
    ),
)
def test_whatever_is_sent_is_kept_so_that_it_reads_the_same_again_or_refused_with_words(key: str, value: Any) -> None:
    kept = value
    try:
        kept = read(key, value)
    except FieldError:
        error = refused(key, value)
        assert error.field.startswith(f"fields.{key}")
        assert error.problem and error.fix  # noqa: PT018  both or none
    else:
        assert read(key, kept) == kept


def test_a_person_is_known_by_each_of_several_phones() -> None:
    type_ = ElementType(
        key="contact",
        fields=(
            ElementField(key="phone", kind="phone"),
            ElementField(key="others", kind="phone", multiple=True),
            ElementField(key="email", kind="email"),
        ),
    )
    found = identities(type_, {"phone": "+351912345678", "others": ["+351912345679"]})
    assert found == {("phone", "+351912345678"), ("phone", "+351912345679")}
    assert list(several(None)) == []


def test_a_default_is_what_a_new_item_gets_while_it_still_fits() -> None:
    fields = (
        ElementField(key="size", kind="choice", choices=("S",), default="S"),
        ElementField(key="urgent", kind="boolean", default=False),
        ElementField(key="who", kind="person", default="gone"),
        ElementField(key="note", kind="text"),
    )
    knowledge = Knowledge(types={"thing": ElementType(key="thing", fields=fields)})
    assert defaults(knowledge, "thing") == {"size": "S", "urgent": False}
    assert defaults(knowledge, "other") == {}
