"""What two records of one person come to: nothing that either knew is lost, and what is kept can be said."""

from typing import Any

import pytest
from automation.testing import contact, named
from contracts.elements import ElementField, ElementType
from contracts.items import Item, Link
from crm_api.fields import FieldError
from crm_api.record.items import ItemGone, ItemUnknown
from crm_api.record.merging import Keep, Pair, check_keep, links_to, there, together
from hypothesis import given, settings
from hypothesis import strategies as st

TYPE = ElementType(
    key="contact",
    fields=(
        ElementField(key="name", kind="string"),
        ElementField(key="phone", kind="phone", multiple=True),
        ElementField(key="place", kind="address", multiple=True),
        ElementField(key="company", kind="link", to="company"),
    ),
)
STREETS = ("Rua 1", "Rua 2", "Rua 3", "Rua 4")
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Ana", "Eva"]),
        "phone": st.lists(st.sampled_from(["+1", "+2", "+3"]), min_size=1, unique=True),
        "place": st.lists(st.sampled_from(STREETS), min_size=1, unique=True).map(
            lambda streets: [{"street": street, "city": "Porto"} for street in streets]
        ),
    },
)


def record(name: str, fields: dict[str, Any], **more: Any) -> Item:
    bare = {"id": named(name), "fields": fields, "title": name, **more}
    return contact().model_copy(update=bare)


def merged(this: dict[str, Any], other: dict[str, Any], **keep: Any) -> dict[str, Any]:
    return together(TYPE, Pair(record("one", this), record("two", other)), keep)


@settings(max_examples=50, deadline=None)
@given(FIELDS, FIELDS)
def test_nothing_that_either_knew_is_lost_and_nothing_is_there_twice(
    this: dict[str, Any], other: dict[str, Any]
) -> None:
    now = this | merged(this, other)
    for key in ("phone", "place"):
        known, values = [*this.get(key, ()), *other.get(key, ())], now.get(key, [])
        assert all(one in values for one in known)
        assert all(one in known and values.count(one) == 1 for one in values)
        assert values[: len(this.get(key, ()))] == this.get(key, [])
    assert now.get("name") == this.get("name", other.get("name"))


@settings(max_examples=50, deadline=None)
@given(FIELDS, FIELDS, st.sampled_from(["this", "other"]))
def test_what_is_said_about_a_field_holds_also_where_it_empties_it(
    this: dict[str, Any], other: dict[str, Any], side: str
) -> None:
    chosen = this if side == "this" else other
    now = merged(this, other, name=side, phone=side, place=side)
    assert {key: now[key] for key in ("name", "phone", "place")} == {
        key: chosen.get(key) for key in ("name", "phone", "place")
    }


def test_titles_and_people_are_kept_too_unless_empty_or_said_otherwise() -> None:
    pair = Pair(record("one", {}, title="", responsible="ann"), record("two", {}, title="Ana", responsible="leo"))
    assert together(TYPE, pair, {}) == {"title": "Ana", "responsible": "ann"}
    assert together(TYPE, pair, {"title": "this", "responsible": "other"}) == {"title": "", "responsible": "leo"}


def test_links_are_no_values() -> None:
    assert "company" not in merged({}, {"company": "x"})


@pytest.mark.parametrize("keep", [{"company": "this"}, {"colour": "other"}, {"id": "other"}])
def test_a_choice_between_values_that_there_are_not_is_refused_by_its_place(keep: Keep) -> None:
    with pytest.raises(FieldError, match="name, phone, place, responsible, title") as refused:
        check_keep(TYPE, keep)
    assert refused.value.field == f"keep.{next(iter(keep))}"
    check_keep(TYPE, {"name": "this", "title": "other"})


def test_only_a_record_that_stands_can_be_merged() -> None:
    gone = record("gone", {}, deleted=True)
    with pytest.raises(ItemGone):
        there(gone, gone.id)
    with pytest.raises(ItemUnknown):
        there(None, gone.id)
    assert there(contact(), contact().id) == contact()


def test_every_link_to_a_record_is_found_whatever_its_role() -> None:
    links = tuple(Link(role=role, type="contact", id=named(to)) for role, to in (("a", "x"), ("b", "y"), ("c", "x")))
    assert [link.role for link in links_to(record("one", {}, links=links), named("x"))] == ["a", "c"]
