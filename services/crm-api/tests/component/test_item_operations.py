"""What people do with items beside fields and stages: restore, link, assign, look back, and many at once."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from chassis.testing import eventually
from contracts import topics
from contracts.items import ItemChanged, ItemDeleted, ItemEvent, ItemStageChanged

Json = dict[str, Any]
VIP = {"stages": [{"key": "open"}, {"key": "won", "kind": "success"}]}


async def configured(crm: Any, **records: Json) -> None:
    """Write records named `kind__id`, in their order."""
    for name, record in records.items():
        answer = await crm.ann.put(f"/v1/config/{name.replace('__', '/')}", json=record)
        assert answer.status_code == 200, answer.text


async def team(crm: Any) -> None:
    """Let there be a department of three."""
    people = {f"person__{id_}": {"name": id_.title(), "department": "sales"} for id_ in ("ada", "bea", "cleo")}
    await configured(crm, department__sales={}, **people)


async def refused(crm: Any, path: str, **body: Any) -> tuple[int, str]:
    """Give the status and the field of a refusal."""
    answer = await crm.ann.post(path, json=body)
    return answer.status_code, (answer.json().get("errors") or [{"field": ""}])[0]["field"]


async def test_a_restored_item_stands_where_it_stood_and_can_be_found_again(crm: Any) -> None:
    contact = await crm.made("/v1/items", type="contact", fields={"phone": "912 345 678"})
    deal = await crm.deal(title="Oak")
    known = "SELECT count(*) AS known FROM identity"
    for item in (contact, deal):
        stale = await crm.ann.delete(f"/v1/items/{item['id']}", params={"version": 7})
        assert stale.status_code == 409
        assert (await crm.ann.delete(f"/v1/items/{item['id']}", params={"version": 1})).status_code == 204
    assert (await crm.fetch(known))[0]["known"] == 0
    for item in (contact, deal):
        await crm.made(f"/v1/items/{item['id']}/restore")
    assert (await crm.fetch(known))[0]["known"] == 1
    back = await crm.made(f"/v1/items/{deal['id']}/restore")
    assert (back["version"], back["stage"], back["activation"], back["deleted"]) == (3, "new", 1, False)
    await crm.made(f"/v1/items/{deal['id']}/move", stage="documents", version=3)
    kinds = [type(event) for event in await events(crm, deal, 4)]
    assert kinds == [ItemStageChanged, ItemDeleted, ItemChanged, ItemStageChanged]


async def events(crm: Any, item: Json, count: int) -> list[ItemEvent]:
    """Give the events of an item, once there are so many."""

    async def look() -> list[ItemEvent] | None:
        told = await crm.deployment.data(topics.ITEMS, ItemEvent)
        found = [event for event in told if str(event.item.id) == item["id"]]
        return found if len(found) >= count else None

    return await eventually(look)


async def test_links_are_made_and_taken_away_and_keep_their_order(crm: Any) -> None:
    contacts = [await crm.made("/v1/items", type="contact", title=f"C{n}") for n in range(3)]
    deal = await crm.deal()
    path = f"/v1/items/{deal['id']}/links"
    for contact in contacts[:2]:
        linked = await crm.made(path, role="contact", type="contact", id=contact["id"])
    assert linked["version"] == 3
    answer = await crm.ann.delete(f"{path}/contact/{contacts[0]['id']}", params={"version": 3})
    assert [link["id"] for link in answer.json()["links"]] == [contacts[1]["id"]]
    linked = await crm.made(path, role="contact", type="contact", id=contacts[2]["id"])
    again = (await crm.ann.get(f"/v1/items/{deal['id']}")).json()
    assert [link["id"] for link in again["links"]] == [c["id"] for c in contacts[1:]]
    nothing = await crm.ann.delete(f"{path}/contact/{contacts[0]['id']}")
    assert nothing.json()["version"] == linked["version"] == 5
    assert await refused(crm, path, role="contact", type="deal", id=contacts[0]["id"]) == (422, "links.0.type")


async def test_items_go_round_among_those_who_are_there(crm: Any) -> None:
    await team(crm)
    among = {"department": "sales"}
    deals = [await crm.deal() for _ in range(5)]
    to = [await crm.made(f"/v1/items/{d['id']}/assign", to="round-robin", among=among) for d in deals]
    assert [d["responsible"] for d in to] == ["ada", "bea", "cleo", "ada", "bea"]
    away = {"name": "Cleo", "department": "sales", "absences": [{"first": "2000-01-01", "last": "2002-12-30"}]}
    await configured(crm, person__cleo={**away, "active": False})
    many = await crm.made("/v1/items/assignments", items=[d["id"] for d in deals], to="round-robin", among=among)
    assert [d["responsible"] for d in many] == ["ada", "bea", "ada", "bea", "ada"]


async def test_the_least_busy_gets_the_item_and_closed_ones_do_not_count(crm: Any) -> None:
    await team(crm)
    for person, stage in (("ada", "new"), ("ada", "new"), ("bea", "new"), ("cleo", "paid"), ("cleo", "lost")):
        await crm.deal(responsible=person, stage=stage)
    deals = [(await crm.deal())["id"] for _ in range(4)]
    given = await crm.made("/v1/items/assignments", items=deals, to="least-busy", among={"department": "sales"})
    assert Counter(deal["responsible"] for deal in given) == {"cleo": 2, "bea": 1, "ada": 1}


async def test_two_at_once_never_take_the_same_turn(crm: Any) -> None:
    await team(crm)
    deals = [await crm.deal() for _ in range(9)]
    body = {"to": "least-busy", "among": {"people": ["ada", "bea", "cleo"]}}
    given = await asyncio.gather(*(crm.made(f"/v1/items/{d['id']}/assign", **body) for d in deals))
    assert Counter(deal["responsible"] for deal in given) == {"ada": 3, "bea": 3, "cleo": 3}


REFUSED: list[tuple[Json, str]] = [
    ({"to": "zoe"}, "to"),
    ({"to": "gone"}, "to"),
    ({"to": "ann", "among": {"department": "sales"}}, "among"),
    ({"to": "round-robin"}, "among"),
    ({"to": "round-robin", "among": {"department": "moon"}}, "among.department"),
    ({"to": "least-busy", "among": {"people": ["gone"]}}, "among"),
]


@pytest.mark.parametrize(("body", "field"), REFUSED)
async def test_who_cannot_be_responsible_is_refused_with_its_field(crm: Any, body: Json, field: str) -> None:
    await configured(crm, person__gone={"name": "Gone", "active": False})
    deal = await crm.deal()
    assert await refused(crm, f"/v1/items/{deal['id']}/assign", **body) == (422, field)
    assert (await crm.ann.get(f"/v1/items/{deal['id']}")).json()["version"] == 1


async def test_the_history_tells_every_change_with_the_values_as_they_were(crm: Any) -> None:
    await crm.ann.put("/v1/pipelines/deal/vip", json=VIP)
    deal = await crm.deal(title="Oak", fields={"amount": "10 EUR"})
    path = f"/v1/items/{deal['id']}"
    await crm.ann.patch(path, json={"fields": {"amount": "20 EUR"}})
    await crm.made(f"{path}/assign", to="ann")
    await crm.made(f"{path}/move", stage="documents")
    await crm.made(f"{path}/move", pipeline="deal/vip")
    await crm.ann.delete(path)
    page = (await crm.ann.get(f"{path}/history", params={"limit": 4})).json()
    rest = (await crm.ann.get(f"{path}/history", params={"limit": 4, "after": page["next"]})).json()
    assert rest["next"] is None
    entries = [*page["entries"], *rest["entries"]]
    assert {entry["who"] for entry in entries} == {"user:ann"}
    told = [(e["kind"], {k: (c["old"], c["new"]) for k, c in e["changes"].items()}) for e in entries]
    assert told == [
        (
            "created",
            {
                "title": ("", "Oak"),
                "amount": (None, "10 EUR"),
                "pipeline": (None, "deal/retail"),
                "stage": (None, "new"),
            },
        ),
        ("changed", {"amount": ("10 EUR", "20 EUR")}),
        ("changed", {"responsible": (None, "ann")}),
        ("moved", {"stage": ("new", "documents")}),
        ("moved", {"stage": ("documents", "open"), "pipeline": ("deal/retail", "deal/vip")}),
        ("deleted", {"deleted": (False, True)}),
    ]
    assert (await crm.ann.get("/v1/items/0195576e-2d80-7c3a-9a51-0d6f4b1c2e01/history")).status_code == 404


async def test_a_move_to_another_pipeline_is_an_entry_by_its_rules(crm: Any) -> None:
    await crm.ann.put("/v1/pipelines/deal/vip", json=VIP)
    deal = await crm.deal()
    moved = await crm.made(f"/v1/items/{deal['id']}/move", pipeline="deal/vip", stage="won")
    assert (moved["pipeline"], moved["stage"], moved["activation"]) == ("deal/vip", "won", 2)
    assert (await crm.ann.get(f"/v1/items/{deal['id']}")).json() == moved
    event = (await events(crm, deal, 2))[1]
    assert isinstance(event, ItemStageChanged)
    assert event.rule_set is not None
    assert (event.from_pipeline, event.from_stage, event.rule_set.pipeline) == ("deal/retail", "new", "deal/vip")
    assert await refused(crm, f"/v1/items/{deal['id']}/move", pipeline="invoice/plain") == (422, "pipeline")
    assert await refused(crm, f"/v1/items/{deal['id']}/move") == (422, "stage")
    assert await refused(crm, f"/v1/items/{deal['id']}/move", stage="documents") == (422, "stage")


async def test_many_items_move_together_or_not_at_all(crm: Any) -> None:
    deals = [(await crm.deal())["id"] for _ in range(3)]
    moved = await crm.made("/v1/items/moves", items=deals, stage="documents")
    assert [(item["id"], item["stage"]) for item in moved] == [(id_, "documents") for id_ in deals]
    await crm.ann.delete(f"/v1/items/{deals[1]}")
    assert (await refused(crm, "/v1/items/moves", items=deals, stage="paid"))[0] == 410
    assert (await crm.ann.get(f"/v1/items/{deals[0]}")).json()["stage"] == "documents"
