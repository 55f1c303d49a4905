"""Reminders: told once at their moment, moved and cancelled with what they are of."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.knowledge import Knowledge
from chassis.process import opened
from chassis.testing import eventually, running
from chassis.timers import Timers
from crm_api.activities.firing import Reminders
from crm_api.activities.reminder import LANE
from crm_api.main import SERVICE
from crm_api.testing.company import Company, furnished

Json = dict[str, Any]


def ahead(**span: float) -> str:
    return (datetime.now(UTC) + timedelta(**span)).isoformat()


async def told(company: Company, person: str) -> list[str]:
    client = await company.sign_in(person)
    return [one["text"] for one in (await client.get("/v1/notices")).json()["notices"]]


async def heard(company: Company, person: str, count: int) -> list[str]:
    async def look() -> list[str] | None:
        found = await told(company, person)
        return found if len(found) >= count else None

    return await eventually(look)


async def states(company: Company) -> list[str]:
    return [row["state"] for row in await company.crm.fetch("SELECT state FROM reminder ORDER BY created_at, id")]


async def timers(company: Company) -> int:
    [row] = await company.crm.fetch("SELECT count(*) AS n FROM timer WHERE lane = $1", LANE)
    return int(row["n"])


async def meeting(company: Company, item: str, starts_at: str, **more: Any) -> Json:
    body = {"item": item, "kind": "call", "subject": "Call Maria", "starts_at": starts_at, "assignee": "sam"}
    return dict(await company.crm.made("/v1/activities", **{**body, **more}))


async def passed(company: Company, reminder: str | None = None) -> None:
    """Let the moment of reminders be now."""
    query = "UPDATE timer SET due_at = signalbox_now() WHERE lane = $1 AND ($2::uuid IS NULL OR id = $2) RETURNING id"
    assert await company.crm.fetch(query, LANE, UUID(reminder) if reminder else None)


def firing(company: Company) -> Timers:
    """Give what a replica runs."""
    return Timers(company.crm.process.database, LANE, Reminders(company.crm.process.config).fire)


async def test_a_reminder_alone_is_told_once_to_each_however_many_processes_look(company: Company) -> None:
    deal = await company.deal("sam")
    for n in range(5):
        at = ahead(hours=1)
        await company.crm.made("/v1/reminders", item=deal, text=f"Pay {n}", at=at, people=["sam", "nils"])
    await passed(company)
    replicas = [firing(company) for _ in range(3)]
    while sum(await asyncio.gather(*(replica.turn() for replica in replicas))):
        pass
    for person in ("sam", "nils"):
        assert sorted(await told(company, person)) == [f"Pay {n}" for n in range(5)]
    assert (await states(company), await timers(company)) == (["fired"] * 5, 0)


async def test_a_reminder_moves_with_its_activity_and_goes_with_it(company: Company) -> None:
    ann, deal = company.crm.ann, await company.deal("sam")
    made = await meeting(company, deal, "2030-12-03T10:00:00Z", remind="1 day", zone="Europe/Lisbon")
    more = await company.crm.made("/v1/reminders", activity=made["id"], lead="1 working day")
    assert more["people"] == ["sam"]
    path = f"/v1/activities/{made['id']}"

    async def moments() -> list[str]:
        rows = await company.crm.fetch("SELECT due_at FROM timer WHERE lane = $1 ORDER BY due_at", LANE)
        return [f"{row['due_at']:%m-%d %H:%M}" for row in rows]

    assert await moments() == ["12-02 10:00", "12-02 10:00"]
    moved = {"starts_at": "2030-12-09T10:00:00Z", "participants": [{"person": "nils"}]}
    assert (await ann.patch(path, json=moved)).status_code == 200
    # A Monday: a day before it is Sunday, a working day before it Friday.
    assert await moments() == ["12-06 10:00", "12-08 10:00"]
    [of_nils] = [
        one["at"] for one in (await (await company.sign_in("nils")).get("/v1/reminders")).json()["reminders"][1:]
    ]
    assert of_nils == "2030-12-08T10:00:00Z"
    assert (await ann.post(f"{path}/cancel", json={})).status_code == 200
    assert (await states(company), await moments()) == (["cancelled"] * 2, [])
    assert await told(company, "sam") == []


async def test_what_was_done_with_the_stage_reminds_of_nothing_and_what_moved_after_reminds_again(
    company: Company,
) -> None:
    deal = await company.deal("sam")
    ended = await meeting(company, deal, ahead(hours=5), remind="1 hour", auto_complete=True)
    kept = await meeting(company, deal, "2030-12-01T10:00:00Z", remind="1 hour", subject="Kept", place="Rua 1")
    assert (await company.crm.ann.post(f"/v1/items/{deal}/move", json={"stage": "documents"})).status_code == 200
    await passed(company)
    await firing(company).turn()
    assert await told(company, "sam") == ["call: Kept (2030-12-01 10:00, Rua 1)"]
    assert sorted(await states(company)) == ["cancelled", "fired"]
    assert (await company.crm.ann.get(f"/v1/activities/{ended['id']}")).json()["state"] == "done"
    path = f"/v1/activities/{kept['id']}"
    assert (await company.crm.ann.patch(path, json={"starts_at": "2030-12-02T10:00:00Z"})).status_code == 200
    await passed(company)
    await firing(company).turn()
    assert len(await told(company, "sam")) == 2


@pytest.mark.req("D20")
async def test_a_reminder_is_fired_by_a_process_that_was_started_after_it_was_planned(
    started: Callable[..., Awaitable[Any]],
) -> None:
    crm = await started()
    async with furnished(crm) as company:
        deal = await company.deal("sam")
        await meeting(company, deal, ahead(hours=1, seconds=1), remind="1 hour")
        await company.crm.made("/v1/reminders", text="Alone", at=ahead(seconds=-5), people=["sam"])
        async with opened(SERVICE, crm.process.settings, Knowledge.grown) as later:
            later.timers(LANE, Reminders(later.config).fire)
            async with running(later):
                found = await heard(company, "sam", 2)
    assert sorted(one.partition(" (")[0] for one in found) == ["Alone", "call: Call Maria"]


async def test_reminders_are_of_those_who_have_them(company: Company) -> None:
    sam, nils = await company.sign_in("sam"), await company.sign_in("nils")
    own = (await sam.post("/v1/reminders", json={"text": "Mine", "at": ahead(days=1)})).json()
    assert own["people"] == ["sam"]
    assert (await nils.delete(f"/v1/reminders/{own['id']}")).status_code == 404
    assert (await nils.get("/v1/reminders")).json()["reminders"] == []
    assert (await sam.delete(f"/v1/reminders/{own['id']}")).status_code == 204
    assert (await sam.get("/v1/reminders")).json()["reminders"] == []
    assert await timers(company) == 0
    deal = await company.deal("sam")
    made = await meeting(company, deal, ahead(days=1))
    for body, field in (
        ({"text": "x"}, "at"),
        ({"at": ahead(days=1)}, "text"),
        ({"activity": made["id"]}, "lead"),
        ({"activity": made["id"], "lead": "soon"}, "lead"),
        ({"activity": made["id"], "lead": "1 day", "text": "x"}, "lead"),
        ({"text": "x", "at": ahead(days=1), "people": ["nobody"]}, "people.0"),
        ({"text": "x", "at": "2900-01-01T00:00:00Z"}, "at"),
    ):
        answer = await sam.post("/v1/reminders", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert (await nils.post("/v1/reminders", json={"activity": made["id"], "lead": "1 day"})).status_code == 404
    assert (await nils.post("/v1/reminders", json={"item": deal, "text": "x", "at": ahead(days=1)})).status_code == 404
