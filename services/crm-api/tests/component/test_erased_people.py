"""A person is erased: no table holds a word of theirs, ids and states stay, and whatever comes later is empty."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.outbox import About
from chassis.secrets import Sealer
from chassis.testing import eventually
from contracts import topics
from contracts.commands import Nobody
from contracts.config import ConfigChanged, Erasure
from contracts.envelope import Cause
from contracts.executions import EffectSeen, ExecutionRow, ExecutionRows
from contracts.items import ItemChanged, ItemDeleted, ItemRulesApplied
from contracts.messages import Message
from contracts.rules import RuleSetRef
from crm_api.testing.shop import ASKS, FORM, SIGNAL_STAGES, Shop, form

NAME, PHONE, EMAIL = "Zuleika Dobson", "+351912345678", "zuleika@example.com"
NOTE = "allergic to walnut"
FIELDS = [("name", "string"), ("phone", "phone"), ("email", "email"), ("notes", "text")]
CANARIES = (NAME, "912345678", EMAIL, NOTE)


@pytest.fixture
async def shop(started: Callable[..., Awaitable[Any]]) -> Shop:
    """Give a shop that keeps timelines too."""
    crm = await started("consume", "timeline")
    answer = await crm.ann.put("/v1/pipelines/deal/retail", json={"owner": "ann", "stages": SIGNAL_STAGES})
    assert answer.status_code == 200, answer.text
    [row] = await crm.fetch("SELECT max(revision) AS revision FROM config")
    return Shop(crm, row["revision"])


async def everything(crm: Any) -> str:
    """Read every row of every table, as text."""
    tables = await crm.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'outbox'")
    parts = [await crm.fetch(f'SELECT t::text AS row FROM "{one["tablename"]}" AS t') for one in tables]
    files = await crm.fetch("SELECT encode(bytes, 'escape') AS row FROM file")
    return "\n".join(row["row"] for rows in (*parts, files) for row in rows)


async def a_client(shop: Shop) -> tuple[str, str]:
    """Give the contact and the deal of a client who wrote a form, with a task, a document and a rule that ran."""
    told = {"name": NAME, "email": EMAIL, "wish": f"For {NAME}", "note": NOTE}
    asked = form(PHONE, **told)
    message = shop.message(shop.command(asked, ASKS, nobody=FORM))
    await shop.send(with_identity(shop, message, datetime.now(UTC)))
    await shop.decided(asked)
    [deal] = await shop.items()
    [link] = deal["links"]
    ann, worker = shop.crm.ann, shop.crm.worker
    await ann.put("/v1/config/type/contact", json={"fields": [{"key": key, "kind": kind} for key, kind in FIELDS]})
    patch = {"fields": {"email": EMAIL, "name": NAME, "notes": NOTE}}
    assert (await ann.patch(f"/v1/items/{link['id']}", json=patch)).status_code == 200
    task = {"id": str(uuid4()), "item": deal["id"], "title": f"Visit {NAME}", "description": "They are " + NOTE}
    assert (await worker.post("/v1/tasks", json=task)).status_code == 201
    steps = [{"text": f"Ring {NAME}", "done": True}]
    worked = await ann.patch(f"/v1/tasks/{task['id']}", json={"checklist": steps, "result": f"{NAME} is {NOTE}"})
    assert worked.status_code == 200, worked.text
    guests = [{"contact": link["id"], "name": NAME, "email": EMAIL}, {"name": "Another", "email": EMAIL}]
    of = {
        "item": deal["id"],
        "kind": "meeting",
        "subject": f"Visit {NAME}",
        "description": NOTE,
        "participants": guests,
    }
    visit = await ann.post("/v1/activities", json={**of, "place": f"Of {NAME}", "starts_at": "2026-12-01T10:00Z"})
    assert visit.status_code == 201, visit.text
    alone = {"item": deal["id"], "text": f"{NAME}!", "at": "2099-12-01T10:00Z"}
    assert (await ann.post("/v1/reminders", json=alone)).status_code == 201
    notice = {"id": str(uuid4()), "person": "ann", "item": deal["id"], "text": f"{NAME} is {NOTE}"}
    assert (await worker.post("/v1/notices", json=notice)).status_code == 201
    file = await ann.post("/v1/files", content=f"Dear {NAME}".encode(), headers={"Content-Type": "text/html"})
    assert (await ann.put("/v1/config/template/t", json={"file": file.json()["hash"]})).status_code == 200
    paper = await worker.post(
        "/v1/files", content=f"Contract with {NAME}".encode(), headers={"Content-Type": "text/html"}
    )
    await shop.crm.fetch(
        "INSERT INTO document (id, item, template, number, title, file, token, created_at)"
        " VALUES ($1, $2, 't', '1', $3, $4, $5, now()) RETURNING id",
        uuid4(), UUID(deal["id"]), f"For {NAME}", paper.json()["hash"], uuid4().hex,
    )  # fmt: skip
    await ran(shop, deal["id"], UUID(link["id"]))
    await applied(shop)
    return link["id"], deal["id"]


async def applied(shop: Shop) -> None:
    """Let the journal tell of rules that were applied to the client's deal."""
    answer = await shop.crm.ann.post("/v1/pipelines/deal/retail/stages/new/apply", json={})
    assert answer.status_code == 202, answer.text

    async def told() -> bool:
        return bool(await shop.crm.fetch("SELECT FROM journal WHERE kind = $1", ItemRulesApplied.TYPE))

    await eventually(told)


def with_identity(shop: Shop, message: Message, at: datetime) -> Message:
    """Name the sender by a keyed hash, as the gateway does."""
    sealer = Sealer(shop.crm.process.settings.secret_key)
    hashes = (sealer.identity("phone", PHONE),)
    return replace(message, envelope=replace(message.envelope, identities=hashes, time=at))


def row(deal: str) -> ExecutionRow:
    effect = EffectSeen(id=uuid4(), whom="contact", state="sent", version=1, reason=f"to {PHONE}", at=datetime.now(UTC))
    return ExecutionRow(
        id=uuid4(), version=1, item=UUID(deal), activation=1, rule=uuid4(), rule_key="greet", stage="new",
        rule_set=RuleSetRef(pipeline="deal/retail", number=1), action="send-sms", state="succeeded",
        seen={"contact.phone": PHONE}, effects=(effect,), reason=NAME, planned_at=datetime.now(UTC),
    )  # fmt: skip


async def ran(shop: Shop, deal: str, contact: UUID, *, at: datetime | None = None) -> ExecutionRow:
    """Let the scheduler tell of a rule that ran for the client."""
    told, root = row(deal), uuid4()
    about = About(at=at or datetime.now(UTC), cause=Cause(root, root), persons=(contact,))
    await shop.send(shop.crm.process.outbox.message(topics.EXECUTIONS, deal, ExecutionRows(rows=(told,)), about))

    async def kept() -> bool:
        return bool(await shop.crm.fetch("SELECT id FROM timeline WHERE id = $1", told.id))

    await eventually(kept)
    return told


async def test_no_table_holds_a_word_of_an_erased_person(shop: Shop) -> None:
    contact, deal = await a_client(shop)
    found = await everything(shop.crm)
    assert all(canary in found for canary in CANARIES)
    answer = await shop.crm.ann.post(f"/v1/items/{contact}/erase")
    assert answer.status_code == 200, answer.text
    left = await everything(shop.crm)
    template = f"Dear {NAME}"
    assert [canary for canary in CANARIES if canary in left.replace(template, "")] == []
    report = answer.json()
    assert report["removed"]["documents"] == 1
    assert report["topics_clean_on"] > report["erased_at"]
    assert (await shop.crm.ann.get(f"/v1/erasures/{contact}")).json() == report
    assert (await shop.crm.ann.post(f"/v1/items/{contact}/erase")).json() == report
    assert (await shop.crm.ann.get(f"/v1/items/{contact}")).status_code == 410
    assert (await shop.item(deal))["title"] == "For erased"


async def test_ids_places_and_states_stay_and_all_services_are_told(shop: Shop) -> None:
    contact, deal = await a_client(shop)
    before = await shop.crm.fetch("SELECT id, kind, version FROM timeline WHERE item = $1 ORDER BY id", UUID(deal))
    assert (await shop.crm.ann.post(f"/v1/items/{contact}/erase")).status_code == 200
    after = await shop.crm.fetch(
        "SELECT id, kind, version FROM timeline WHERE item = $1 AND kind <> 'erased' ORDER BY id", UUID(deal)
    )
    assert after == before
    [told] = [e for e in await shop.events(contact) if isinstance(e, ItemDeleted)]
    assert (told.item.title, told.item.fields, told.changed) == ("", {}, {})
    [event] = [e for e in await shop.events(deal) if isinstance(e, ItemChanged) and e.why == "erased"]
    assert NAME not in event.model_dump_json()
    config = await shop.crm.deployment.data(topics.CONFIG, ConfigChanged)
    [record] = [one.record() for one in config if one.kind == "erasure"]
    assert isinstance(record, Erasure)
    assert (str(record.contact), [str(item) for item in record.items]) == (contact, [deal])
    assert NAME not in json.dumps([one.data for one in config if one.kind == "erasure"])


async def test_what_was_said_before_the_erasure_and_comes_later_is_emptied_or_dropped(shop: Shop) -> None:
    contact, deal = await a_client(shop)
    before = datetime.now(UTC)
    assert (await shop.crm.ann.post(f"/v1/items/{contact}/erase")).status_code == 200
    late = await ran(shop, deal, UUID(contact), at=before)
    [kept] = await shop.crm.fetch("SELECT body FROM timeline WHERE id = $1", late.id)
    assert (kept["body"]["seen"], kept["body"]["state"]) == ({}, "succeeded")
    again = form(PHONE, name=NAME)
    await shop.send(with_identity(shop, shop.message(shop.command(again, ASKS, nobody=FORM)), before))
    fresh = form("+351912345000")
    await shop.apply(fresh, nobody=Nobody())
    assert await shop.crm.fetch("SELECT id FROM signal WHERE id = $1", again.id) == []


async def test_a_person_who_comes_back_after_the_erasure_is_somebody_new(shop: Shop) -> None:
    contact, _ = await a_client(shop)
    assert (await shop.crm.ann.post(f"/v1/items/{contact}/erase")).status_code == 200
    again = form(PHONE, name=NAME)
    later = datetime.now(UTC) + timedelta(seconds=1)
    await shop.send(with_identity(shop, shop.message(shop.command(again, ASKS, nobody=FORM)), later))
    await shop.decided(again)
    found = {link["id"] for deal in await shop.items() for link in deal["links"]}
    assert found - {contact} != set()


async def test_only_admins_erase_and_only_people(shop: Shop) -> None:
    contact, deal = await a_client(shop)
    assert (await shop.crm.worker.post(f"/v1/items/{contact}/erase")).status_code == 403
    assert (await shop.crm.ann.post(f"/v1/items/{deal}/erase")).status_code == 422
    assert (await shop.crm.ann.post(f"/v1/items/{uuid4()}/erase")).status_code == 404
    assert (await shop.crm.ann.get(f"/v1/erasures/{contact}")).status_code == 404


async def test_who_was_merged_into_a_person_is_erased_with_them(shop: Shop) -> None:
    contact, _ = await a_client(shop)
    other = await shop.crm.made("/v1/items", type="contact", title="Zuleika Vane", fields={"name": "Zuleika Vane"})
    answer = await shop.crm.ann.post(f"/v1/items/{contact}/merge", json={"other": other["id"]})
    assert answer.status_code == 200, answer.text
    assert (await shop.crm.ann.post(f"/v1/items/{contact}/erase")).status_code == 200
    assert "Zuleika" not in (await everything(shop.crm)).replace(f"Dear {NAME}", "")
    assert (await shop.crm.ann.get(f"/v1/erasures/{other['id']}")).status_code == 200
