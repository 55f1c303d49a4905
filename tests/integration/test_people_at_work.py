"""Tasks, calls, meetings, activities and reminders that rules make, on the live system, until people are done."""

import email
import email.policy
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from icalendar import Calendar
from simulators.imap import ImapServer, imap_server
from stack.ports import free_port

from deploy.local.clients import Crm
from tests.integration.pipelines import rule, stage
from tests.integration.world import World

Json = dict[str, Any]
CALL: Json = {"subject": "Call {{ contact.name }}", "at": "1 hour"}


async def publish(world: World, name: str, *stages: Json) -> str:
    await world.installation.crm.publish(name, {"stages": list(stages), "owner": "mara"})
    return name


@asynccontextmanager
async def signed_in(world: World, person: str) -> AsyncIterator[Crm]:
    """Give the API as a person of the shop asks it."""
    crm = world.installation.crm
    key = (await crm.ask("POST", "/v1/api-keys", json={"person": person, "name": "at work"}))["key"]
    client = Crm(crm.url, key)
    try:
        yield client
    finally:
        await client.close()


async def told(world: World, person: str, item: str, text: str) -> list[Json]:
    """Wait until a person reads of something, and give all that they read about the item."""

    async def look() -> list[Json] | None:
        found = await world.notices(person, item)
        return found if any(text in one["text"] for one in found) else None

    return await world.until(look, otherwise=lambda: world.notices(person, item))


async def made(world: World, item: str, key: str) -> Json:
    """Give the activity that a rule of an item made."""
    row = await world.rule_is(item, key, "succeeded")
    found: Json = await world.installation.crm.ask("GET", row["results"]["url"])
    assert found["id"] == row["results"]["id"]
    return found


async def calendar(client: Crm) -> dict[str, Any]:
    """Give the events of somebody's calendar by their ids, as a calendar client reads them."""
    path = (await client.ask("POST", "/v1/calendar"))["path"]
    async with httpx.AsyncClient(base_url=client.url, timeout=60) as anybody:
        feed = await anybody.get(path)
    return {str(one["UID"]).partition("@")[0]: one for one in Calendar.from_ical(feed.content).walk("VEVENT")}


async def invitations(world: World, address: str, count: int) -> list[Any]:
    """Wait for the invitations that an address received, and give their events."""

    async def look() -> list[bytes] | None:
        accepted = await world.installation.simulators.accepted("smtp")
        found = [urlsafe_b64decode(one["raw"]) for one in accepted if address in one["recipients"]]
        return found if len(found) >= count else None

    events = []
    for raw in await world.until(look):
        message = email.message_from_bytes(raw, policy=email.policy.default)
        [part] = [one for one in message.walk() if one.get_content_type() == "text/calendar"]
        read = Calendar.from_ical(part.get_content())
        assert part["content-type"].params["method"] == str(read["METHOD"])
        events.append((str(read["METHOD"]), next(iter(read.walk("VEVENT")))))
    return events


@pytest.mark.req("D12", "D20")
async def test_a_rule_schedules_a_call_and_its_agent_is_told_and_has_it_in_the_calendar(world: World) -> None:
    about = {**CALL, "text": "About {{ item.title }}", "remind": "1 hour", "important": True}
    tell = {"notify": {"to": "responsible", "text": "The call is {{ results.call.url }}"}}
    pipeline = await publish(
        world,
        "deal/calls",
        stage(
            "new",
            rule("call", {"schedule-call": about}),
            rule("tell", tell, timing={"after_previous": "0 minutes"}),
        ),
    )
    deal = await world.deal(pipeline=pipeline)
    call = await made(world, deal["id"], "call")
    assert (call["kind"], call["subject"], call["assignee"], call["important"]) == (
        "call",
        "Call Rita Silva",
        "mara",
        True,
    )
    await told(world, "mara", deal["id"], f"The call is /v1/activities/{call['id']}")
    # Its lead is as long as it is away: it reminds at once, and once.
    await told(world, "mara", deal["id"], "call: Call Rita Silva (")
    async with signed_in(world, "mara") as mara:
        events = await calendar(mara)
        assert (str(events[call["id"]]["SUMMARY"]), call["zone"]) == ("Call Rita Silva", "Europe/Lisbon")
        await mara.ask("POST", f"/v1/activities/{call['id']}/complete", json={"result": "They come on Friday"})
    [line] = [one["words"] for one in await world.lines(deal["id"], "activity") if " done " in one["words"]]
    assert line == "call done by user:mara: Call Rita Silva (They come on Friday)"
    assert len([one for one in await world.notices("mara", deal["id"]) if one["text"].startswith("call:")]) == 1


@pytest.mark.req("D13")
async def test_a_meeting_is_in_the_calendars_of_ours_and_the_client_is_invited_told_of_changes_and_that_it_is_off(
    world: World,
) -> None:
    meeting = {
        "subject": "Measure for {{ contact.name }}",
        "at": "2 working days",
        "clock": "10:00",
        "place": "Rua 1",
        "people": ["rui"],
        "invite": "mail",
        "remind": "1 working hour",
    }
    pipeline = await publish(world, "deal/meetings", stage("new", rule("meet", {"schedule-meeting": meeting})))
    deal = await world.deal(pipeline=pipeline)
    found = await made(world, deal["id"], "meet")
    assert [one.get("person") for one in found["participants"]] == ["rui", ""]
    async with signed_in(world, "rui") as rui:
        event = (await calendar(rui))[found["id"]]
        assert (str(event["LOCATION"]), event["DTSTART"].dt.strftime("%H:%M")) == ("Rua 1", "10:00")
        moved = {"starts_at": "2031-03-03T10:00:00Z", "ends_at": "2031-03-03T11:00:00Z"}
        await rui.ask("PATCH", f"/v1/activities/{found['id']}", json=moved)
        await rui.ask("POST", f"/v1/activities/{found['id']}/cancel", json={})
    told = await invitations(world, deal["email"], 3)
    assert [(method, int(one["SEQUENCE"])) for method, one in told] == [("REQUEST", 0), ("REQUEST", 1), ("CANCEL", 2)]
    assert {str(one["UID"]) for _, one in told} == {f"{found['id']}@signalbox"}
    assert {str(one["ORGANIZER"]) for _, one in told} == {"mailto:shop@shop.example"}


@pytest.mark.req("D14")
async def test_an_activity_of_a_stage_is_done_when_the_item_leaves_it(world: World) -> None:
    chat = {"kind": "chat", **CALL, "to": {"user": "rui"}, "text": "x", "important": True, "remind": "5 minutes"}
    pipeline = await publish(
        world,
        "deal/activities",
        stage(
            "new",
            rule("ends", {"create-activity": {**chat, "auto_complete": True}}),
            rule("stays", {"create-activity": chat}),
        ),
        stage("later"),
    )
    deal = await world.deal(pipeline=pipeline)
    crm = world.installation.crm
    before = [await made(world, deal["id"], key) for key in ("ends", "stays")]
    assert [(one["state"], one["assignee"], one["important"], one["description"]) for one in before] == [
        ("planned", "rui", True, "x")
    ] * 2
    await crm.move(deal["id"], "later")
    after = (await crm.ask("GET", "/v1/activities", params={"item": deal["id"]}))["activities"]
    assert {one["id"]: one["state"] for one in after} == {before[0]["id"]: "done", before[1]["id"]: "planned"}


@pytest.mark.req("D15", "D16", "I22", "C9")
async def test_a_task_for_a_department_is_done_by_one_of_it_and_its_status_moves_the_item(world: World) -> None:
    crm = world.installation.crm
    await crm.configure("department", "legal", {})
    await crm.configure("person", "vera", {"name": "Vera", "department": "legal"})
    title = "Check the contract of {{ contact.name }}"
    check = {"to": {"department": "legal"}, "title": title, "text": "Read it", "deadline": "1 working day"}
    pack = {"to": {"role": "warehouse"}, "title": "Pack", "deadline": "1 day"}

    def on(**wanted: str) -> tuple[Json, ...]:
        return ({"key": "done", "on": "task.changed", "filter": {"status": "done", **wanted}},)

    pipeline = await publish(
        world,
        "deal/tasks-of-people",
        stage("new", rule("check", {"create-task": check}), rule("pack", {"create-task": pack})),
        stage("checked", triggers=on(rule="check")),
        stage("packed", triggers=on(rule="pack")),
    )
    deal = await world.deal(pipeline=pipeline)
    for key in ("check", "pack"):
        await world.rule_is(deal["id"], key, "succeeded")
    async with signed_in(world, "vera") as vera, signed_in(world, "rui") as rui:
        [task] = [one for one in (await vera.ask("GET", "/v1/tasks"))["tasks"] if one["item"] == deal["id"]]
        assert (task["title"], task["description"], task["department"]) == (
            "Check the contract of Rita Silva",
            "Read it",
            "legal",
        )
        [packing] = [one for one in (await rui.ask("GET", "/v1/tasks"))["tasks"] if one["item"] == deal["id"]]
        await vera.ask("PATCH", f"/v1/tasks/{task['id']}", json={"status": "in_progress"})
        await vera.ask("PATCH", f"/v1/tasks/{task['id']}", json={"status": "done", "result": "It is fine"})
        await world.stands(deal["id"], "checked")
        await rui.ask("PATCH", f"/v1/tasks/{packing['id']}", json={"status": "done"})
        await world.stands(deal["id"], "packed")
    words = [one["words"] for one in await world.lines(deal["id"], "task")]
    assert words[1] == "task done by user:vera: Check the contract of Rita Silva (It is fine)"
    signals = [one["words"] for one in await world.lines(deal["id"], "signal")]
    assert (signals[0], signals.count("task.changed arrived and moved it")) == (
        "task.changed arrived and moved nothing: no trigger fits",
        2,
    )


@pytest.fixture
async def box(world: World) -> AsyncIterator[ImapServer]:
    """Give a mailbox that is a source."""
    async with imap_server(free_port()) as server:
        settings = {**server.settings, "begin": "all", "every": 1}
        record = {"kind": "mailbox", "token": "", "settings": settings, "secrets": {"password": server.password}}
        await world.installation.crm.configure("source", "desk", record)
        yield server
        await world.installation.crm.ask("DELETE", "/v1/config/source/desk")


@pytest.mark.req("D19", "D20")
async def test_a_client_s_letter_makes_a_call_a_meeting_and_a_reminder_in_one_go(world: World, box: ImapServer) -> None:
    remind = {"to": {"role": "warehouse"}, "text": "{{ contact.name }} wrote", "at": "24 hours", "lead": "24 hours"}
    pipeline = await publish(
        world,
        "deal/letters",
        stage("new"),
        stage(
            "wrote",
            rule("call", {"schedule-call": {**CALL, "at": "1 working hour"}}),
            rule("meet", {"schedule-meeting": {"subject": "Visit", "at": "item.payment_due", "clock": "15:00"}}),
            rule("remind", {"remind": remind}),
            triggers=({"key": "letter", "on": "email.received"},),
        ),
    )
    deal = await world.deal(pipeline=pipeline, payment_due="2031-03-03T08:00:00Z")
    letter = EmailMessage()
    letter["From"], letter["To"] = f"Rita Silva <{deal['email']}>", "shop@shop.example"
    letter["Subject"], letter["Message-ID"] = "A table", f"<{deal['id']}@example.com>"
    letter.set_content("Could somebody ring me?")
    await box.put(letter.as_bytes())
    call, meeting = [await made(world, deal["id"], key) for key in ("call", "meet")]
    assert (call["kind"], meeting["kind"], meeting["starts_at"]) == ("call", "meeting", "2031-03-03T15:00:00Z")
    await world.rule_is(deal["id"], "remind", "succeeded")
    [reminded] = await told(world, "rui", deal["id"], "Rita Silva wrote")
    assert reminded["sender"] == "reminder"


@pytest.mark.req("D21")
async def test_a_department_is_asked_and_one_of_it_answers_for_all(world: World) -> None:
    crm = world.installation.crm
    await crm.configure("department", "kitchens", {})
    for id_ in ("otto", "paula"):
        await crm.configure("person", id_, {"name": id_.title(), "department": "kitchens"})
    ask = {"to": {"department": "kitchens"}, "text": "Which oven?", "ask": [{"key": "oven"}]}
    write = {"change-item": {"fields": {"wish": "{{ results.ask.oven }}, says {{ results.ask.answered_by }}"}}}
    after = {"after_previous": "0 minutes"}
    pipeline = await publish(
        world, "deal/asking", stage("new", rule("ask", {"ask-employee": ask}), rule("write", write, timing=after))
    )
    deal = await world.deal(pipeline=pipeline)
    await world.rule_is(deal["id"], "ask", "dispatched")
    async with signed_in(world, "otto") as otto, signed_in(world, "paula") as paula:

        async def look() -> list[Json]:
            return list((await paula.ask("GET", "/v1/questions"))["questions"])

        [question] = await world.until(look)
        await paula.ask("POST", f"/v1/questions/{question['id']}/answer", json={"answers": {"oven": "gas"}})
        assert (await otto.ask("GET", "/v1/questions"))["questions"] == []
    await world.rule_is(deal["id"], "write", "succeeded")
    assert (await crm.item(deal["id"]))["fields"]["wish"] == "gas, says Paula"
