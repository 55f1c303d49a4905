"""A draft, tried over what really happened: what it would have done, told to whom, and that nothing is done."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from chassis.testing import eventually
from crm_api.simulation import simulating
from crm_api.store import jobs as stored_jobs
from crm_api.testing.company import Company

DAY = timedelta(days=1)
STAGES = [
    {"key": "new", "rules": [{"key": "hi", "do": {"send-sms": {"to": "contact", "text": "Hi {{ contact.name }}"}}}]},
    {
        "key": "documents",
        "rules": [
            {"key": "on", "do": {"move-item": {"stage": "paid"}}},
            {"key": "late", "timing": {"after": "10 days"}, "do": {"send-sms": {"to": "contact", "text": "Late"}}},
        ],
    },
    {
        "key": "paid",
        "kind": "success",
        "rules": [{"key": "task", "do": {"create-task": {"to": "responsible", "title": "Pack {{ item.title }}"}}}],
    },
    {"key": "lost", "kind": "failure"},
]

REFUSED: list[tuple[dict[str, Any], int, str | None]] = [
    ({"to": "2020-01-01T00:00:00Z"}, 422, "to"),
    ({"to": "2999-01-01T00:00:00Z"}, 422, "to"),
    ({"from": "2020-01-01T00:00:00Z"}, 422, "from"),
    ({"from": "2026-03-01T00:00:00"}, 422, "from"),
    ({"rules": "mine"}, 422, "rules"),
    ({"rules": "draft"}, 404, None),
    ({"rules": "published", "pipeline": "deal/none"}, 422, "rules"),
]


@pytest.fixture
async def crm(started: Callable[..., Awaitable[Any]]) -> Any:
    """Give a crm-api that works on jobs."""
    return await started("consume")


async def happened(crm: Any, count: int = 3) -> list[str]:
    """Let some clients come, the first of whom goes on to documents; gives their contacts."""
    contacts = []
    for n in range(count):
        told = {"name": f"Ana {n}", "phone": f"+35191234567{n}"}
        contact = await crm.made("/v1/items", type="contact", title=f"Ana {n}", fields=told)
        link = {"role": "contact", "type": "contact", "id": contact["id"]}
        deal = await crm.deal(title=f"Sofa {n}", links=[link], responsible="ann")
        contacts.append(contact["id"])
        if n == 0:
            assert (await crm.ann.post(f"/v1/items/{deal['id']}/move", json={"stage": "documents"})).is_success
    return contacts


async def drafted(crm: Any) -> None:
    answer = await crm.ann.put("/v1/pipelines/deal/retail/draft", json={"stages": STAGES})
    assert answer.status_code == 200, answer.text


def window(**more: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"pipeline": "deal/retail", "from": (now - DAY).isoformat(), "to": now.isoformat(), **more}


async def ended(crm: Any, **more: Any) -> dict[str, Any]:
    begun = await crm.ann.post("/v1/simulations", json=window(**more))
    assert begun.status_code == 202, begun.text

    async def look() -> Any:
        shown = (await crm.ann.get(begun.headers["Location"])).json()
        return shown if shown["state"] in {"done", "failed"} else None

    found: dict[str, Any] = await eventually(look)
    assert found["state"] == "done", found["reason"]
    return found


async def effects(client: Any, simulation: str, **which: Any) -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/simulations/{simulation}/effects", params=which)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["effects"]
    return found


async def test_a_draft_is_tried_over_what_happened_and_nothing_is_done(crm: Any, company: Company) -> None:
    contacts = await happened(crm)
    await drafted(crm)
    before = await crm.fetch("SELECT (SELECT count(*) FROM journal) AS j, (SELECT sum(version) FROM item) AS v")
    found = await ended(crm)
    assert (found["effects"], found["differences"]) == (5, {"only_simulated": 5})
    assert found["by_rule"]["deal/retail/documents/late"] == {"cancelled": 1}
    told = await effects(crm.ann, found["id"])
    texts = [(one["rule"], one["params"].get("text") or one["params"].get("title")) for one in told]
    assert texts == [("hi", "Hi Ana 0"), ("on", None), ("task", "Pack Sofa 0"), ("hi", "Hi Ana 1"), ("hi", "Hi Ana 2")]
    assert {one["simulated"]["state"] for one in told} == {"succeeded"}
    assert await crm.fetch("SELECT (SELECT count(*) FROM journal) AS j, (SELECT sum(version) FROM item) AS v") == before
    # Of items that one may not read, nothing is told.
    otto = await company.sign_in("otto")
    assert await effects(otto, found["id"]) == []
    # In parts, and by what differs.
    first = (await crm.ann.get(f"/v1/simulations/{found['id']}/effects", params={"limit": 2})).json()
    assert (len(first["effects"]), first["next"]) == (2, 2)
    assert len(await effects(crm.ann, found["id"], after=2, differs="only_simulated")) == 3
    assert await effects(crm.ann, found["id"], differs="alike") == []
    # A person who is erased is gone from here too; the rest goes when its time has come.
    assert (await crm.ann.post(f"/v1/items/{contacts[0]}/erase")).status_code == 200
    assert [one["rule"] for one in await effects(crm.ann, found["id"])] == ["hi", "hi"]
    async with crm.process.database.transaction() as tx:
        await stored_jobs.forget_words(tx, UUID(found["id"]), await tx.now())
    assert await effects(crm.ann, found["id"]) == []


async def test_a_simulation_that_was_broken_off_begins_anew(crm: Any) -> None:
    await happened(crm, 2)
    await drafted(crm)
    begun = (await crm.ann.post("/v1/simulations", json=window())).json()
    await crm.ann.post(f"/v1/jobs/{begun['id']}/cancel")
    assert (await crm.ann.get(f"/v1/simulations/{begun['id']}")).json()["effects"] is None
    assert (await crm.ann.post(f"/v1/jobs/{begun['id']}/resume")).is_success

    async def look() -> Any:
        shown = (await crm.ann.get(f"/v1/simulations/{begun['id']}")).json()
        return shown if shown["state"] == "done" else None

    assert (await eventually(look))["effects"] == len(await effects(crm.ann, begun["id"])) == 4


async def test_what_cannot_be_simulated_is_refused_in_words(crm: Any) -> None:
    for asked, status, field in REFUSED:
        answer = await crm.ann.post("/v1/simulations", json=window(**asked))
        [error] = answer.json().get("errors", [{"field": None}])
        assert (answer.status_code, error["field"]) == (status, field), answer.text


async def test_a_window_in_which_too_much_happened_fails_in_words(crm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    await happened(crm, 1)
    monkeypatch.setattr(simulating, "MOST_EVENTS", 1)
    begun = (await crm.ann.post("/v1/simulations", json=window(rules="published"))).json()

    async def look() -> Any:
        shown = (await crm.ann.get(f"/v1/simulations/{begun['id']}")).json()
        return shown if shown["state"] == "failed" else None

    assert "more than 1 things happened" in (await eventually(look))["reason"]
