"""What an item that is made from another takes along, where it is put, and by whom a contact is known already."""

from typing import Any
from uuid import UUID

import pytest
from automation.knowledge import Knowledge
from automation.testing import CONTACT, DEAL, NOW, PIPELINE, contact, deal, named, record, shop
from contracts.items import Item, Link
from contracts.signals import Identity
from crm_api.fields import FieldError
from crm_api.record.conversions import Conversion, carried_links, is_new, taken
from crm_api.record.duplicates import known_by
from crm_api.record.linking import check_target
from crm_api.record.places import place, still_there

LEAD: list[dict[str, Any]] = [
    {"key": "amount", "kind": "money"},
    {"key": "code", "kind": "string"},
    {"key": "colour", "kind": "choice", "choices": ["oak", "red"]},
    {"key": "size", "kind": "string"},
    {"key": "notes", "kind": "text"},
    {"key": "phones", "kind": "phone", "multiple": True},
]
# Of the same names only the amount and the colour are alike, and not each colour is one of these.
ORDER: list[dict[str, Any]] = [
    {"key": "amount", "kind": "money"},
    {"key": "code", "kind": "string", "unique": True},
    {"key": "colour", "kind": "choice", "choices": ["oak"]},
    {"key": "size", "kind": "integer"},
    {"key": "phones", "kind": "phone"},
    {"key": "remark", "kind": "string"},
]
VIP = {"id": "deal/vip", "type": "deal", "stages": [{"key": "open"}, {"key": "new"}]}
KNOWN = shop(
    extra=(
        record("type", "lead", {"key": "lead", "fields": LEAD}),
        record("type", "order", {"key": "order", "fields": ORDER}),
        record("pipeline", "deal/vip", VIP),
    )
)
VALUES = {"amount": "5 EUR", "code": "A", "colour": "oak", "size": "3", "notes": "soft", "phones": ["+351912345678"]}


def lead(*links: Link, type_: str = "lead", **fields: Any) -> Item:
    told = {"id": named("lead"), "type": type_, "version": 1, "entered_at": NOW, "created_at": NOW, "title": "Ana"}
    return Item.model_validate({**told, "links": links, "fields": {**VALUES, **fields}})


def test_without_a_mapping_what_both_types_have_alike_is_taken_but_for_what_one_may_hold_alone() -> None:
    read = taken(KNOWN, lead(), Conversion("order"))
    assert (read.fields, read.unread) == ({"amount": "5 EUR", "colour": "oak"}, ())


def test_what_is_alike_by_name_and_cannot_be_held_is_left_out_and_told() -> None:
    read = taken(KNOWN, lead(colour="red"), Conversion("order"))
    assert read.fields == {"amount": "5 EUR"}
    assert [one.field for one in read.unread] == ["fields.colour"]


def test_a_mapping_takes_what_it_names_and_nothing_else_and_what_is_empty_is_left_out() -> None:
    mapping = {"remark": "notes", "title": "code", "code": "title", "size": "colour"}
    source = lead().model_copy(update={"fields": {"notes": "soft", "code": "A", "amount": "5 EUR"}})
    assert taken(KNOWN, source, Conversion("order", mapping=mapping)).fields == {
        "remark": "soft",
        "title": "A",
        "code": "Ana",
    }
    assert taken(KNOWN, source, Conversion("order", mapping={})).fields == {}


def test_what_is_said_overrides_what_is_carried() -> None:
    said = {"amount": "9 EUR", "remark": None}
    read = taken(KNOWN, lead(), Conversion("order", fields=said, mapping={"amount": "amount"}))
    assert read.fields == said


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        (Conversion("ship"), "type", "there is no type 'ship'"),
        (Conversion("order", mapping={"remark": "weight"}), "mapping.remark", "type 'lead' has no field 'weight'"),
        (Conversion("order", mapping={"remark": "responsible"}), "mapping.remark", "use one of: amount, code"),
    ],
)
def test_a_conversion_of_what_is_not_there_is_refused_by_its_field(asked: Conversion, field: str, words: str) -> None:
    with pytest.raises(FieldError, match=words) as refused:
        taken(KNOWN, lead(), asked)
    assert refused.value.field == field


def link(role: str, n: int = 1) -> Link:
    return Link(role=role, type=role, id=UUID(int=n))


@pytest.mark.parametrize(
    ("source", "to", "roles"),
    [
        ("lead", "deal", ["lead", "contact", "company"]),
        # A contact is not linked to the contact that it is, and a company not to what else was one.
        ("lead", "contact", ["lead", "company"]),
        ("company", "deal", ["company", "contact"]),
    ],
)
def test_what_is_made_links_to_its_source_first_and_then_to_the_sources_people(
    source: str, to: str, roles: list[str]
) -> None:
    item = lead(link("invoice"), link("contact", 2), link("company", 3), type_=source)
    links = carried_links(item, to)
    assert [one.role for one in links] == roles
    assert (links[0].id, links[0].type) == (item.id, source)


def test_only_what_was_not_numbered_yet_is_new() -> None:
    assert [is_new(deal(version=n)) for n in (0, 1)] == [True, False]


@pytest.mark.parametrize(
    ("role", "target", "hidden", "field"),
    [
        ("contact", contact(), False, ""),
        ("Contact", contact(), False, "role"),
        ("", contact(), False, "role"),
        ("c" * 64, contact(), False, "role"),
        ("contact", None, False, "id"),
        ("contact", contact(), True, "id"),
        ("contact", contact().model_copy(update={"deleted": True}), False, "id"),
        ("contact", deal(id=CONTACT), False, "type"),
    ],
)
def test_a_link_leads_under_a_role_to_what_one_may_see_and_of_the_type_that_it_says(
    role: str, target: Item | None, field: str, *, hidden: bool
) -> None:
    asked = Link(role=role, type="contact", id=CONTACT)
    if not field:
        check_target("links.0", DEAL, asked, target, ())
        return
    with pytest.raises(FieldError) as refused:
        check_target("links.0", DEAL, asked, target, {CONTACT} if hidden else ())
    assert refused.value.field == f"links.0.{field}"


@pytest.mark.parametrize(
    ("pipeline", "stage", "there"),
    [
        ("", "paid", (PIPELINE, "paid")),
        ("deal/vip", "", ("deal/vip", "open")),
        ("deal/vip", "new", ("deal/vip", "new")),
        (PIPELINE, "", (PIPELINE, "new")),
        ("", "open", "stage"),
        ("deal/vip", "paid", "stage"),
        ("", "", "stage"),
        ("lead/main", "new", "pipeline"),
    ],
)
def test_a_move_leads_to_a_stage_of_the_own_pipeline_or_of_another_of_the_type(
    pipeline: str, stage: str, there: tuple[str, str] | str
) -> None:
    if isinstance(there, str):
        with pytest.raises(FieldError) as refused:
            place(KNOWN, deal(), pipeline, stage)
        assert refused.value.field == there
        return
    found, key = place(KNOWN, deal(), pipeline, stage)
    assert (found.id, key) == there


def test_what_has_no_stages_is_moved_nowhere() -> None:
    with pytest.raises(FieldError, match="items of type 'contact' have no stages"):
        place(KNOWN, contact(), PIPELINE, "paid")


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (deal(), ""),
        (contact(), ""),
        (deal(type="ship"), "type"),
        (deal(pipeline="deal/gone"), "pipeline"),
        (deal(stage="gone"), "stage"),
    ],
)
def test_a_deleted_item_can_be_brought_back_only_where_its_place_is_still_there(item: Item, field: str) -> None:
    if not field:
        still_there(KNOWN, item)
        return
    with pytest.raises(FieldError) as refused:
        still_there(KNOWN, item)
    assert refused.value.field == field


def test_a_contact_is_known_by_its_phone_before_its_email_in_their_one_form() -> None:
    values = {"email": " MARIA@Example.org", "phone": "912 345 678", "birthday": "1990-01-01"}
    phone, email = Identity(kind="phone", value="+351912345678"), Identity(kind="email", value="maria@example.org")
    assert known_by(KNOWN, values) == (phone, email)
    assert known_by(KNOWN, {**values, "phone": "call me"}) == (email,)
    assert known_by(KNOWN, {"phone": None, "email": ""}) == ()
    assert known_by(Knowledge(), values) == ()


def test_no_link_leads_from_an_item_to_itself() -> None:
    with pytest.raises(FieldError) as refused:
        check_target("links.0", CONTACT, Link(role="contact", type="contact", id=CONTACT), contact(), ())
    assert refused.value.field == "links.0.id"
