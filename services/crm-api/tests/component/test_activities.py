"""Activities: in whose calendars they are, who changes them, what ends them, and what guests are sent."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.testing import eventually
from contracts import topics
from contracts.actions import PerformAction
from crm_api.store import activities as stored_activities
from crm_api.testing.company import Company
from icalendar import Calendar

Json = dict[str, Any]
TEN = "2026-12-01T10:00:00Z"
# Somebody in this database waits for what another holds.
WAITS = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
GUEST = {"name": "Maria Silva", "email": "Maria@Example.com"}


async def meeting(company: Company, item: str, **more: Any) -> Json:
    told = {"item": item, "kind": "meeting", "subject": "Measure the kitchen", "starts_at": TEN, "assignee": "sam"}
    return dict(await company.crm.made("/v1/activities", **{**told, **more}))


async def told(client: Any, method: str, path: str, **body: Any) -> tuple[int, Json]:
    answer = await client.request(method, f"/v1/activities{path}", json=body)
    return answer.status_code, answer.json() if answer.content else {}


async def listed(client: Any, **which: Any) -> list[str]:
    answer = await client.get("/v1/activities", params=which)
    assert answer.status_code == 200, answer.text
    return [one["subject"] for one in answer.json()["activities"]]


async def words(company: Company, item: str) -> list[str]:
    rows = (await company.crm.ann.get(f"/v1/items/{item}/timeline")).json()["rows"]
    return [row["words"] for row in rows if row["kind"] == "activity"]


@pytest.fixture
async def deal(company: Company) -> str:
    return await company.deal("sam")


async def test_an_activity_is_in_the_calendars_of_those_who_take_part_by_its_moment(
    company: Company, deal: str
) -> None:
    sam, nils, rea = [await company.sign_in(one) for one in ("sam", "nils", "rea")]
    await meeting(company, deal, subject="Second", participants=[{"person": "nils"}, {"person": "sam"}])
    await meeting(company, deal, subject="First", starts_at="2026-12-01T09:00:00+00:00")
    await meeting(company, await company.deal("olaf"), subject="Of Olaf's", assignee="nils")
    assert await listed(sam) == ["First", "Second"]
    assert await listed(sam, **{"from": "2026-12-01T09:30:00Z", "to": "2026-12-02T00:00:00Z"}) == ["Second"]
    assert await listed(sam, item=deal) == ["First", "Second"]
    # Nils sees what he takes part in without the items, of Sam's only that.
    assert await listed(nils) == ["Second", "Of Olaf's"]
    assert await listed(nils, item=deal) == ["Second"]
    assert await listed(nils, person="sam") == []
    assert await listed(rea, person="nils") == ["Second", "Of Olaf's"]
    first = (await rea.get("/v1/activities", params={"person": "nils", "limit": 1})).json()
    assert await listed(rea, person="nils", after=first["next"]) == ["Of Olaf's"]
    assert await words(company, deal) == [
        "meeting planned for 2026-12-01 10:00:00 UTC by user:ann: Second",
        "meeting planned for 2026-12-01 09:00:00 UTC by user:ann: First",
    ]


async def test_who_takes_part_moves_and_ends_it_and_only_who_may_change_the_item_deletes_it(
    company: Company, deal: str
) -> None:
    nils, rea, sam = [await company.sign_in(one) for one in ("nils", "rea", "sam")]
    made = await meeting(company, deal, participants=[{"person": "nils"}])
    path = f"/{made['id']}"
    status, moved = await told(nils, "PATCH", path, starts_at="2026-12-02T10:00:00+01:00", version=1)
    assert (status, moved["starts_at"], moved["sequence"], moved["version"]) == (200, "2026-12-02T09:00:00Z", 1, 2)
    assert (await told(nils, "PATCH", path, subject="Late", version=1))[0] == 409
    _, marked = await told(nils, "PATCH", path, important=True)
    assert (marked["important"], marked["sequence"], marked["version"]) == (True, 1, 3)
    assert (await told(rea, "PATCH", path, subject="Not mine"))[0] == 403
    assert (await told(nils, "DELETE", path))[0] == 403
    status, done = await told(nils, "POST", f"{path}/complete", result="They take the oak")
    assert (status, done["state"], done["result"]) == (200, "done", "They take the oak")
    assert (await told(sam, "POST", f"{path}/cancel"))[0] == 409
    assert (await words(company, deal))[-1] == "meeting done by user:nils: Measure the kitchen (They take the oak)"
    assert (await told(sam, "DELETE", path))[0] == 204
    assert (await told(sam, "GET", path))[0] == 404
    assert await listed(nils) == []


WRONG: list[tuple[Json, str]] = [
    ({"kind": "dance"}, "kind"),
    ({"subject": ""}, "subject"),
    ({"assignee": "nobody"}, "assignee"),
    ({"participants": [{"person": "nobody"}]}, "participants.0.person"),
    ({"participants": [{}]}, "participants.0"),
    ({"participants": [{"email": "no address"}]}, "participants.0.email"),
    ({"starts_at": "2026-12-01T10:00"}, "starts_at"),
    ({"starts_at": "9999-12-31T23:59:59-12:00"}, "starts_at"),
    ({"ends_at": "2026-12-01T09:00:00Z"}, "ends_at"),
    ({"zone": "Moon/Crater"}, "zone"),
    ({"invite": "pigeon"}, "invite"),
    ({"remind": "soon"}, "remind"),
]


async def test_what_cannot_be_is_refused_naming_the_field(company: Company, deal: str) -> None:
    for more, field in WRONG:
        body = {"item": deal, "kind": "meeting", "subject": "Measure", "starts_at": TEN, **more}
        answer = await company.crm.ann.post("/v1/activities", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert await listed(company.crm.ann, item=deal) == []


async def test_what_belongs_to_the_stage_is_done_with_it_and_the_rest_stays(company: Company, deal: str) -> None:
    ann = company.crm.ann
    kept = await meeting(company, deal, subject="Kept")
    ended = await meeting(company, deal, subject="Ended", auto_complete=True)
    off = await meeting(company, deal, subject="Off", auto_complete=True)
    other = await meeting(company, await company.deal("sam"), subject="Other", auto_complete=True)
    await told(ann, "POST", f"/{off['id']}/cancel")
    assert (await ann.patch(f"/v1/items/{deal}", json={"fields": {"notes": "no move"}})).status_code == 200
    assert (await told(ann, "GET", f"/{ended['id']}"))[1]["state"] == "planned"
    assert (await ann.post(f"/v1/items/{deal}/move", json={"stage": "documents"})).status_code == 200
    states = [(await told(ann, "GET", f"/{one['id']}"))[1]["state"] for one in (kept, ended, off, other)]
    assert states == ["planned", "done", "cancelled", "planned"]
    assert (await words(company, deal))[-1] == "meeting done: its item entered another stage: Ended"


async def test_what_somebody_completes_while_the_item_moves_is_told_once(company: Company, deal: str) -> None:
    made = await meeting(company, deal, auto_complete=True)
    async with company.crm.process.database.transaction() as tx:
        await stored_activities.load(tx, UUID(made["id"]), lock=True)
        await tx.execute("UPDATE activity SET state = 'done' WHERE id = $1", UUID(made["id"]))
        move = asyncio.create_task(company.crm.ann.post(f"/v1/items/{deal}/move", json={"stage": "documents"}))

        async def waits() -> bool:
            return bool(await company.crm.fetch(WAITS))

        await eventually(waits)
    assert (await move).status_code == 200
    assert [one for one in await words(company, deal) if "another stage" in one] == []


async def letters(company: Company, count: int) -> list[PerformAction]:
    async def look() -> list[PerformAction] | None:
        found = await company.crm.deployment.data(topics.ACTIONS["email"], PerformAction)
        return found if len(found) >= count else None

    return await eventually(look)


def event_of(letter: PerformAction) -> Any:
    calendar = Calendar.from_ical(letter.params["calendar"])
    assert str(calendar["METHOD"]) == letter.params["method"]
    return next(iter(calendar.walk("VEVENT")))


async def test_guests_are_invited_told_of_changes_and_that_it_is_off(company: Company, deal: str) -> None:
    crm = company.crm
    await crm.deployment.topics(topics.ACTIONS["email"])
    account = {"provider": "smtp", "settings": {"host": "localhost", "from": "shop@example.com"}}
    assert (await crm.ann.put("/v1/config/connection/mail", json=account)).status_code == 200
    contact = await crm.made("/v1/items", type="contact", title="Maria")
    guests = [{"contact": contact["id"], **GUEST}, {"person": "nils"}, {"name": "Without an address"}]
    made = await meeting(company, deal, invite="mail", participants=guests, zone="Europe/Lisbon", place="Rua 1")
    path = f"/{made['id']}"
    await told(crm.ann, "PATCH", path, important=True)
    await told(crm.ann, "PATCH", path, starts_at="2026-12-01T11:00:00Z")
    await told(crm.ann, "PATCH", path, participants=[{"person": "nils"}])
    await told(crm.ann, "PATCH", path, participants=guests)
    await told(crm.ann, "POST", f"{path}/cancel")
    sent = await letters(company, 5)
    assert [one.params["method"] for one in sent] == ["REQUEST", "REQUEST", "CANCEL", "REQUEST", "CANCEL"]
    assert [[r.address for r in one.recipients] for one in sent] == [["maria@example.com"]] * 5
    assert {(one.action, one.connection, one.recipients[0].contact) for one in sent} == {
        ("send-invitation", "mail", sent[0].recipients[0].contact)
    }
    assert len({one.execution for one in sent}) == 5
    events = [event_of(one) for one in sent]
    assert {str(one["UID"]) for one in events} == {f"{made['id']}@signalbox"}
    assert [int(one["SEQUENCE"]) for one in events] == [0, 1, 2, 3, 4]
    assert [str(one["STATUS"]) for one in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED", "CONFIRMED", "CANCELLED"]
    assert events[1]["DTSTART"].dt == datetime(2026, 12, 1, 11, tzinfo=UTC)
    assert (str(events[0]["ORGANIZER"]), str(events[0]["ATTENDEE"])) == (
        "mailto:shop@example.com",
        "mailto:maria@example.com",
    )
    assert "2026-12-01 10:00 (Europe/Lisbon)" in sent[0].params["text"]


async def test_a_done_or_deleted_meeting_and_one_without_an_account_write_as_they_should(
    company: Company, deal: str
) -> None:
    crm = company.crm
    await crm.deployment.topics(topics.ACTIONS["email"])
    account = {"provider": "smtp", "settings": {"host": "localhost", "from": "shop@example.com"}}
    assert (await crm.ann.put("/v1/config/connection/mail", json=account)).status_code == 200
    silent = await meeting(company, deal, participants=[GUEST])
    await told(crm.ann, "POST", f"/{silent['id']}/cancel")
    done = await meeting(company, deal, participants=[GUEST], invite="mail")
    await told(crm.ann, "POST", f"/{done['id']}/complete")
    gone = await meeting(company, deal, participants=[GUEST], invite="mail")
    await told(crm.ann, "DELETE", f"/{gone['id']}")
    sent = await letters(company, 3)
    assert [one.params["method"] for one in sent] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [str(event_of(one)["UID"]).partition("@")[0] for one in sent] == [done["id"], gone["id"], gone["id"]]


async def test_nothing_is_planned_for_an_item_that_is_not_there(company: Company, deal: str) -> None:
    body = {"kind": "note", "subject": "x", "starts_at": TEN}
    assert (await told(company.crm.ann, "POST", "", item=str(uuid4()), **body))[0] == 404
    made = await meeting(company, deal)
    await company.crm.ann.delete(f"/v1/items/{deal}")
    assert (await told(company.crm.ann, "POST", "", item=deal, **body))[0] == 410
    assert (await told(company.crm.ann, "PATCH", f"/{made['id']}", subject="x"))[0] == 410
    assert (await told(company.crm.ann, "GET", f"/{made['id']}"))[0] == 200
