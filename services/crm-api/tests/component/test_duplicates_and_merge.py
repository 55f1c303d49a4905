"""Duplicates: found by phone and email, and two records of one person made one."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.testing import eventually
from contracts import topics
from contracts.items import ItemChanged, ItemDeleted, ItemEvent
from crm_api.record.merging import MOST_LINKING

COMPANY = [{"key": "phone", "kind": "phone"}, {"key": "mobile", "kind": "phone"}]
PHONES = [
    {"key": "name", "kind": "string"},
    {"key": "phone", "kind": "phone", "multiple": True},
    {"key": "email", "kind": "email"},
    {"key": "code", "kind": "string", "unique": True},
]


async def contact(crm: Any, title: str, *to: Any, **fields: Any) -> Any:
    """Make a contact that links to others."""
    links = [{"role": one["type"], "type": one["type"], "id": one["id"]} for one in to]
    return await crm.made("/v1/items", type="contact", title=title, fields=fields, links=links)


async def deal_of(crm: Any, *to: Any, **more: Any) -> Any:
    """Make a deal that links to contacts."""
    return await crm.deal(links=[{"role": "contact", "type": "contact", "id": one["id"]} for one in to], **more)


async def duplicates(crm: Any, item: Any) -> dict[str, list[tuple[str, str]]]:
    """Find who may be the same, and by what."""
    answer = await crm.ann.get(f"/v1/items/{item['id']}/duplicates")
    assert answer.status_code == 200, answer.text
    found = answer.json()["items"]
    return {one["item"]["id"]: [(by["kind"], by["value"]) for by in one["by"]] for one in found}


async def merged(crm: Any, this: Any, other: Any, **keep: str) -> Any:
    """Merge one into another."""
    return await crm.made(f"/v1/items/{this['id']}/merge", other=other["id"], keep=keep)


@pytest.fixture
async def phones(crm: Any) -> Any:
    """Give a company whose contacts have several phones and a code of their own."""
    for key, fields in (("contact", PHONES), ("company", COMPANY)):
        answer = await crm.ann.put(f"/v1/config/type/{key}", json={"fields": fields})
        assert answer.status_code == 200, answer.text
    return crm


async def test_contacts_and_companies_are_found_by_phone_and_email_in_their_one_form(phones: Any) -> None:
    rui = await contact(phones, "Rui", phone=["912 345 678"], email="Rui@Example.com")
    same = await contact(phones, "R. Silva", phone=["+351 912 345 678", "913 000 000"])
    mail = await contact(phones, "rui@", email="rui@example.com")
    gone = await contact(phones, "Gone", email="rui@example.com")
    await phones.ann.delete(f"/v1/items/{gone['id']}")
    by_phone, by_mail = ("phone", "+351912345678"), ("email", "rui@example.com")
    assert await duplicates(phones, rui) == {same["id"]: [by_phone], mail["id"]: [by_mail]}
    assert await duplicates(phones, same) == {rui["id"]: [by_phone]}
    oak = await phones.made("/v1/items", type="company", title="Oak", fields={"phone": "912 345 678"})
    ltd = await phones.made("/v1/items", type="company", title="Oak Ltd", fields={"mobile": "+351912345678"})
    assert await duplicates(phones, oak) == {ltd["id"]: [by_phone]}
    assert await duplicates(phones, await phones.deal()) == {}


async def test_merging_moves_every_link_with_an_event_and_keeps_what_both_knew(phones: Any) -> None:
    company = await phones.made("/v1/items", type="company", title="Oak")
    this = await contact(phones, "Rui", phone=["912 345 678"], code="A")
    other = await contact(phones, "R. Silva", company, phone=["913 000 000"], email="rui@example.com", code="B")
    deals = [await deal_of(phones, other), await deal_of(phones, other, this)]
    kept = await merged(phones, this, other)
    assert kept["fields"] == {"phone": ["+351912345678", "+351913000000"], "email": "rui@example.com", "code": "A"}
    assert (kept["title"], [link["id"] for link in kept["links"]]) == ("Rui", [company["id"]])
    for deal in deals:
        event = await second_event(phones, deal)
        assert isinstance(event, ItemChanged)
        assert [link.id for link in event.item.links] == [UUID(this["id"])]
        assert (await phones.ann.get(f"/v1/items/{deal['id']}")).json()["links"][0]["id"] == this["id"]
    ended = await second_event(phones, other)
    assert isinstance(ended, ItemDeleted)
    assert [(link.role, str(link.id)) for link in ended.item.links] == [("merged_into", this["id"])]
    assert (await phones.ann.get(f"/v1/items/{other['id']}")).status_code == 410
    for item, line in ((this, {"other": other["id"]}), (other, {"into": this["id"]})):
        rows = await phones.fetch("SELECT body FROM timeline WHERE item = $1 AND kind = 'merged'", UUID(item["id"]))
        assert rows[0]["body"].items() >= line.items()


async def second_event(crm: Any, item: Any) -> Any:
    """Give the event that brought an item to its second version."""

    async def look() -> Any:
        found = await crm.deployment.data(topics.ITEMS, ItemEvent)
        return next((e for e in found if str(e.item.id) == item["id"] and e.item.version == 2), None)

    return await eventually(look)


async def test_a_merged_contact_is_found_by_what_the_other_was_known_by_whatever_changes_later(phones: Any) -> None:
    this = await contact(phones, "Rui", email="rui@example.com")
    other = await contact(phones, "R. Silva", email="silva@example.com")
    await merged(phones, this, other)
    await phones.ann.patch(f"/v1/items/{this['id']}", json={"fields": {"email": "new@example.com"}})
    known = await phones.fetch("SELECT value, contact FROM identity")
    assert {(row["value"], str(row["contact"])) for row in known} == {
        ("new@example.com", this["id"]),
        ("silva@example.com", this["id"]),
    }
    await phones.ann.delete(f"/v1/items/{this['id']}")
    assert not await phones.fetch("SELECT FROM identity")


async def test_whose_value_is_kept_can_be_said_by_field(phones: Any) -> None:
    this = await contact(phones, "Rui", phone=["912 345 678"], email="rui@example.com", code="A")
    other = await contact(phones, "R. Silva", phone=["913 000 000"], email="silva@example.com", code="B")
    kept = await merged(phones, this, other, title="other", phone="other", code="other", email="this")
    assert (kept["title"], kept["fields"]["phone"]) == ("R. Silva", ["+351913000000"])
    assert (kept["fields"]["email"], kept["fields"]["code"]) == ("rui@example.com", "B")


async def test_what_is_no_second_record_of_the_same_is_refused(phones: Any) -> None:
    this, deal = await contact(phones, "Rui"), await phones.deal()
    company = await phones.made("/v1/items", type="company", title="Oak")
    path = f"/v1/items/{this['id']}/merge"
    for body, field in (
        ({"other": this["id"]}, "other"),
        ({"other": company["id"]}, "other"),
        ({"other": deal["id"]}, "other"),
        ({"other": this["id"], "keep": {"title": "mine"}}, "keep.title"),
    ):
        answer = await phones.ann.post(path, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert (await phones.ann.post(path, json={"other": str(uuid4())})).status_code == 404
    other = await contact(phones, "R. Silva")
    wrong = await phones.ann.post(path, json={"other": other["id"], "keep": {"colour": "other"}})
    assert wrong.json()["errors"][0]["field"] == "keep.colour"


async def test_a_contact_with_more_links_than_one_transaction_should_move_stays(phones: Any) -> None:
    this, other = await contact(phones, "Rui"), await contact(phones, "R. Silva")
    await phones.fetch(
        "WITH made AS (INSERT INTO item SELECT gen_random_uuid(), 'deal', 'deal/retail', 'new', 1, 1, now(), now(), '',"
        " NULL, '{}', false, false, 1, NULL FROM generate_series(0, $1) RETURNING id)"
        " INSERT INTO link SELECT id, 'contact', $2, 'contact', 0 FROM made",
        MOST_LINKING,
        UUID(other["id"]),
    )
    answer = await phones.ann.post(f"/v1/items/{this['id']}/merge", json={"other": other["id"]})
    assert (answer.status_code, "more than 500 items" in answer.json()["detail"]) == (422, True)


async def test_of_three_records_merged_in_turn_one_is_left_that_all_links_lead_to(phones: Any) -> None:
    one, two, three = [await contact(phones, f"Rui {n}", email=f"rui{n}@example.com") for n in range(3)]
    deal = await deal_of(phones, three)
    await merged(phones, two, three)
    kept = await merged(phones, one, two)
    assert (await phones.ann.get(f"/v1/items/{deal['id']}")).json()["links"][0]["id"] == one["id"]
    assert kept["links"] == []
    known = await phones.fetch("SELECT value FROM identity WHERE contact = $1", UUID(one["id"]))
    assert {row["value"] for row in known} == {f"rui{n}@example.com" for n in range(3)}


async def test_merges_in_both_directions_at_once_leave_exactly_one(phones: Any) -> None:
    for _ in range(3):
        one, two = await contact(phones, "One"), await contact(phones, "Two")
        await deal_of(phones, one, two)
        answers = await asyncio.gather(
            *(
                phones.ann.post(f"/v1/items/{this['id']}/merge", json={"other": other["id"]})
                for this, other in ((one, two), (two, one))
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 410]
