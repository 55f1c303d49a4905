"""Items over HTTP, with what they leave in the database and on `crm.items`."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from chassis.testing import eventually
from contracts import topics
from contracts.items import ItemChanged, ItemDeleted, ItemEvent, ItemStageChanged
from contracts.rules import RuleSetRef


async def events(crm: Any, item: dict[str, Any], count: int) -> list[Any]:
    """Give the events of an item, once there are so many."""

    async def look() -> list[Any] | None:
        found = [e for e in await crm.deployment.data(topics.ITEMS, ItemEvent) if str(e.item.id) == item["id"]]
        return found if len(found) >= count else None

    return await eventually(look)


async def test_a_new_item_stands_in_the_first_stage_and_its_entry_is_announced(crm: Any) -> None:
    item = await crm.deal(title="Oak table", fields={"amount": "1200.00 EUR"}, responsible="ann")
    assert (item["stage"], item["version"], item["activation"]) == ("new", 1, 1)
    [event] = await events(crm, item, 1)
    assert isinstance(event, ItemStageChanged)
    assert event.from_stage is None
    assert event.item.fields == {"amount": "1200.00 EUR"}
    assert event.rule_set == RuleSetRef(pipeline="deal/retail", number=1)
    assert event.config > 0


async def test_a_move_is_one_event_with_a_new_activation_and_the_linked_contact_whole(crm: Any) -> None:
    contact = await crm.made("/v1/items", type="contact", title="Rui", fields={"phone": "912 345 678"})
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    item = await crm.deal(title="Oak table", links=[link])
    moved = await crm.made(f"/v1/items/{item['id']}/move", stage="documents", version=1)
    assert (moved["stage"], moved["version"], moved["activation"]) == ("documents", 2, 2)
    _, event = await events(crm, item, 2)
    assert (event.from_stage, event.item.stage) == ("new", "documents")
    assert event.linked[0].fields == {"phone": "+351912345678"}
    [seen] = [s for s in await crm.deployment.seen(topics.ITEMS) if s.data == event]
    assert seen.envelope.persons == (UUID(contact["id"]),)
    assert seen.envelope.cause.actor == "user:ann"
    assert seen.envelope.cause.correlation == seen.envelope.cause.causation


async def test_a_move_to_where_the_item_stands_changes_nothing(crm: Any) -> None:
    item = await crm.deal()
    again = await crm.made(f"/v1/items/{item['id']}/move", stage="new")
    assert (again["version"], again["activation"]) == (1, 1)


async def test_changed_fields_are_told_with_the_values_before_and_after(crm: Any) -> None:
    item = await crm.deal(fields={"amount": "10 EUR"})
    answer = await crm.ann.patch(f"/v1/items/{item['id']}", json={"fields": {"amount": "20 EUR", "title": "Chair"}})
    assert answer.json()["version"] == 2
    _, event = await events(crm, item, 2)
    assert isinstance(event, ItemChanged)
    assert event.changed["amount"].model_dump() == {"old": "10 EUR", "new": "20 EUR"}
    assert event.changed["title"].new == "Chair"
    assert event.item.activation == 1


async def test_equal_values_change_nothing(crm: Any) -> None:
    item = await crm.deal(fields={"amount": "10 EUR"})
    answer = await crm.ann.patch(f"/v1/items/{item['id']}", json={"fields": {"amount": "10 EUR"}, "version": 1})
    assert answer.json()["version"] == 1


async def test_null_empties_a_field(crm: Any) -> None:
    item = await crm.deal(fields={"amount": "10 EUR"})
    answer = await crm.ann.patch(f"/v1/items/{item['id']}", json={"fields": {"amount": None}})
    assert answer.json()["fields"] == {}


async def test_a_deleted_item_is_gone_and_its_end_is_announced(crm: Any) -> None:
    item = await crm.deal()
    assert (await crm.ann.delete(f"/v1/items/{item['id']}")).status_code == 204
    assert (await crm.ann.get(f"/v1/items/{item['id']}")).status_code == 410
    assert (await crm.ann.post(f"/v1/items/{item['id']}/move", json={"stage": "paid"})).status_code == 410
    _, event = await events(crm, item, 2)
    assert isinstance(event, ItemDeleted)


async def test_a_suppressed_entry_names_its_job_until_the_next_entry(crm: Any) -> None:
    item = await crm.deal(automation="suppress", job="import-7")
    await crm.made(f"/v1/items/{item['id']}/move", stage="documents")
    entry, move = await events(crm, item, 2)
    assert entry.suppressed.job == "import-7"
    assert move.suppressed is None


async def test_each_change_leaves_a_line_and_each_event_an_entry_in_the_journal(crm: Any) -> None:
    item = await crm.deal(title="Oak table")
    await crm.made(f"/v1/items/{item['id']}/move", stage="documents")
    lines = await crm.fetch("SELECT kind, body FROM timeline WHERE item = $1 ORDER BY at, id", UUID(item["id"]))
    assert [line["kind"] for line in lines] == ["created", "moved"]
    assert (lines[1]["body"]["from"], lines[1]["body"]["to"]) == ("new", "documents")
    assert lines[1]["body"]["actor"] == "user:ann"
    entries = await crm.fetch("SELECT kind, body FROM journal WHERE key = $1 ORDER BY at", item["id"])
    assert [entry["kind"] for entry in entries] == [ItemStageChanged.TYPE] * 2
    assert entries[1]["body"]["data"]["item"]["stage"] == "documents"


async def test_moves_at_the_same_time_are_numbered_one_by_one(crm: Any) -> None:
    item = await crm.deal()
    stages = ["documents", "paid", "new", "lost"] * 3
    await asyncio.gather(*(crm.made(f"/v1/items/{item['id']}/move", stage=stage) for stage in stages))
    last = (await crm.ann.get(f"/v1/items/{item['id']}")).json()
    announced = await events(crm, item, last["version"])
    assert [e.item.version for e in announced] == list(range(1, last["version"] + 1))
    assert [e.from_stage for e in announced[1:]] == [e.item.stage for e in announced[:-1]]
    assert last["activation"] == last["version"]


async def test_of_two_changes_decided_on_one_version_the_second_is_told_the_current_one(crm: Any) -> None:
    item = await crm.deal()
    await crm.made(f"/v1/items/{item['id']}/move", stage="documents", version=1)
    answer = await crm.ann.post(f"/v1/items/{item['id']}/move", json={"stage": "paid", "version": 1})
    assert answer.status_code == 409
    assert answer.json()["current"]["stage"] == "documents"
    assert answer.json()["errors"][0]["field"] == "version"


async def test_a_deal_becomes_an_invoice_linked_both_ways(crm: Any) -> None:
    contact = await crm.made("/v1/items", type="contact", title="Rui")
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    deal = await crm.deal(title="Oak table", fields={"amount": "1200.00 EUR"}, links=[link], responsible="ann")
    path = f"/v1/items/{deal['id']}/conversions"
    invoice = await crm.made(path, to="invoice", pipeline="invoice/plain", fields={"pay_before": "2026-12-01"})
    assert invoice["fields"] == {"amount": "1200.00 EUR", "pay_before": "2026-12-01"}
    assert (invoice["title"], invoice["responsible"]) == ("Oak table", "ann")
    assert {(one["role"], one["id"]) for one in invoice["links"]} == {("deal", deal["id"]), ("contact", contact["id"])}
    _, event = await events(crm, deal, 2)
    assert isinstance(event, ItemChanged)
    assert event.item.linked("invoice") == UUID(invoice["id"])
    assert {one.type for one in event.linked} == {"contact", "invoice"}


async def test_a_conversion_maps_fields_by_name(crm: Any) -> None:
    deal = await crm.deal(fields={"amount": "5 EUR", "payment_due": "2026-12-01"})
    path, mapping = f"/v1/items/{deal['id']}/conversions", {"amount": "amount", "pay_before": "payment_due"}
    invoice = await crm.made(path, to="invoice", pipeline="invoice/plain", mapping=mapping)
    assert invoice["fields"] == {"amount": "5 EUR", "pay_before": "2026-12-01"}


async def test_a_contact_is_known_by_what_its_fields_say_now(crm: Any) -> None:
    fields = {"phone": "912 345 678", "email": "Rui@Example.com"}
    contact = await crm.made("/v1/items", type="contact", fields=fields)
    await crm.ann.patch(f"/v1/items/{contact['id']}", json={"fields": {"phone": "+351 913 000 000"}})
    known = await crm.fetch("SELECT kind, value FROM identity WHERE contact = $1", UUID(contact["id"]))
    assert {tuple(row) for row in known} == {("phone", "+351913000000"), ("email", "rui@example.com")}
    await crm.ann.delete(f"/v1/items/{contact['id']}")
    assert not await crm.fetch("SELECT FROM identity WHERE contact = $1", UUID(contact["id"]))


async def test_a_pipeline_is_listed_page_by_page_in_the_order_of_its_stages(crm: Any) -> None:
    made = [await crm.deal(stage=stage) for stage in ("paid", "new", "documents", "new", "paid")]
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = (await crm.ann.get("/v1/items", params={"pipeline": "deal/retail", "limit": 2, "after": after})).json()
        found, after = found + page["items"], page["next"]
    assert [item["stage"] for item in found] == ["documents", "new", "new", "paid", "paid"]
    assert {item["id"] for item in found} == {item["id"] for item in made}
    one = (await crm.ann.get("/v1/items", params={"pipeline": "deal/retail", "stage": "new"})).json()
    assert len(one["items"]) == 2


DEAL = {"type": "deal", "pipeline": "deal/retail"}
TOO_LONG = {f"more_{n}": "x" * 9_000 for n in range(6)}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({**DEAL, "type": "yacht"}, "type"),
    ({**DEAL, "pipeline": "deal/wholesale"}, "pipeline"),
    ({**DEAL, "pipeline": "invoice/plain"}, "pipeline"),
    ({**DEAL, "stage": "open"}, "stage"),
    ({**DEAL, "colour": "red"}, "colour"),
    ({**DEAL, "title": 5}, "title"),
    ({**DEAL, "responsible": "nobody"}, "responsible"),
    ({**DEAL, "fields": {"colour": "red"}}, "fields.colour"),
    ({**DEAL, "fields": {"amount": 12.5}}, "fields.amount"),
    ({**DEAL, "fields": {"size": "XL"}}, "fields.size"),
    ({**DEAL, "fields": {"payment_due": "soon"}}, "fields.payment_due"),
    ({**DEAL, "fields": TOO_LONG}, "fields"),
    ({**DEAL, "title": "a\0b"}, "title"),
    ({**DEAL, "automation": "suppress", "job": "a\0b"}, "body"),
    ({**DEAL, "links": [{"role": "", "type": "contact", "id": str(uuid4())}]}, "links.0.role"),
    ({**DEAL, "links": [{"role": "contact", "type": "contact", "id": str(uuid4())}]}, "links.0.id"),
    ({"type": "invoice", "pipeline": "invoice/plain"}, "fields.amount"),
    ({"type": "contact", "stage": "new"}, "stage"),
    ({"type": "contact", "fields": {"phone": "call me"}}, "fields.phone"),
    ({"pipeline": "deal/retail"}, "type"),
]


async def test_what_does_not_fit_is_refused_with_its_place_and_the_way_to_mend_it(crm: Any) -> None:
    for body, field in REFUSED:
        answer = await crm.ann.post("/v1/items", json=body)
        assert answer.status_code == 422, (body, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        [error] = answer.json()["errors"]
        assert error["field"] == field
        assert error["problem"]
        assert error["fix"]
    assert not await crm.fetch("SELECT FROM item")


async def test_an_item_takes_twenty_links_and_no_more(crm: Any) -> None:
    contacts = [await crm.made("/v1/items", type="contact", title=str(n)) for n in range(21)]
    links = [{"role": "guest", "type": "contact", "id": contact["id"]} for contact in contacts]
    answer = await crm.ann.post("/v1/items", json={**DEAL, "links": links})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "links")
    assert len((await crm.deal(links=links[:20]))["links"]) == 20


async def test_a_link_says_the_true_type(crm: Any) -> None:
    contact = await crm.made("/v1/items", type="contact")
    answer = await crm.ann.post(
        "/v1/items", json={**DEAL, "links": [{"role": "a", "type": "deal", "id": contact["id"]}]}
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "links.0.type")


async def test_a_body_that_is_no_object_is_refused(crm: Any) -> None:
    for body in (b"{", b"[]", b"\xff", b"", b'{"type": "deal", "fields": []}'):
        answer = await crm.ann.post("/v1/items", content=body, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


async def test_an_unknown_stage_is_refused_with_those_that_there_are(crm: Any) -> None:
    item = await crm.deal()
    answer = await crm.ann.post(f"/v1/items/{item['id']}/move", json={"stage": "open"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["fix"] == "use one of: documents, lost, new, paid"


async def test_emptying_a_required_field_is_refused(crm: Any) -> None:
    invoice = await crm.made("/v1/items", type="invoice", pipeline="invoice/plain", fields={"amount": "5 EUR"})
    answer = await crm.ann.patch(f"/v1/items/{invoice['id']}", json={"fields": {"amount": None}})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "fields.amount")


async def test_who_is_not_known_or_not_a_person_changes_nothing(crm: Any) -> None:
    assert (await crm.ann.get(f"/v1/items/{uuid4()}")).status_code == 404
    assert (await crm.worker.post("/v1/items", json=DEAL)).status_code == 403
    answer = await crm.ann.post("/v1/items", json=DEAL, headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401
