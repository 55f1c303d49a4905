"""The last gate: addresses that are written to no more, and caps that hold for all rules and processes together."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from action_workers.reach import gate
from action_workers.testing import Desk
from chassis.ids import new_id
from chassis.records import apart, read
from contracts.actions import PerformAction, ProviderCallback, SetSuppression
from contracts.config import ConfigChanged
from contracts.suppressions import SuppressionChanged, fingerprint

Open = Callable[[str], Awaitable[Desk]]
Portal = Callable[..., ConfigChanged]
PHONE = "+351910000001"
OTHER = UUID(int=0xB0B)
STOP = "the recipient has answered STOP and gets no more SMS from this sender (Twilio 21610)"


def another(desk: Desk, address: str = PHONE, *, contact: UUID | None = None, **params: Any) -> PerformAction:
    """Make an action of another execution, as another rule would."""
    to = desk.to(address).model_copy(update={"contact": contact} if contact else {})
    return desk.action(to, execution=new_id(), params={"text": "Hello", **params})


async def reasons(desk: Desk, state: str) -> list[str]:
    rows = await desk.rows("SELECT reason FROM effect WHERE state = $1 ORDER BY reason", state)
    return [row["reason"] for row in rows]


async def test_who_answered_stop_is_not_asked_a_second_time(sms: Desk) -> None:
    sms.sim.twilio.opted_out.add(PHONE)
    await sms.take(another(sms))
    await sms.work("failed")
    sms.sim.twilio.opted_out.clear()
    await sms.take(another(sms), another(sms, "+351910000002"))
    await sms.work("failed", "sent", "skipped")
    assert await reasons(sms, "failed") == [STOP]
    assert await reasons(sms, "skipped") == ["the address is written to no more: answered STOP"]
    assert [one.to for one in sms.sim.twilio.accepted] == ["+351910000002"]


async def test_a_report_that_says_so_suppresses_the_address_and_other_reports_do_not(sms: Desk) -> None:
    await sms.take(sms.action())
    await sms.work("sent")
    report = {"provider": "twilio", "effect": sms.effect(), "reference": "SM1", "state": "bounced"}
    await sms.take(ProviderCallback(**report, reason="absent", at=datetime.now(UTC)))
    await sms.take(another(sms))
    await sms.work("bounced", "sent")
    await sms.take(ProviderCallback(**report, reason="unknown", suppress="hard bounce", at=datetime.now(UTC)))
    await sms.take(another(sms))
    await sms.work("bounced", "sent", "skipped")
    assert await reasons(sms, "skipped") == ["the address is written to no more: hard bounce"]


async def test_people_put_addresses_on_the_list_and_take_them_off(sms: Desk) -> None:
    word = {"way": "phone", "address": PHONE, "by": "user:ann", "reason": "asked us to"}
    await sms.take(SetSuppression(**word, suppressed=True), another(sms))
    await sms.work("skipped")
    assert await reasons(sms, "skipped") == ["the address is written to no more: user:ann: asked us to"]
    await sms.take(SetSuppression(**word, suppressed=True), SetSuppression(**word, suppressed=False), another(sms))
    await sms.work("skipped", "sent")


async def told(desk: Desk) -> list[SuppressionChanged]:
    """Give what was announced of the list, in order."""
    rows = await desk.rows("SELECT body FROM outbox WHERE topic = 'actions.suppressions' ORDER BY seq")
    return [SuppressionChanged.model_validate_json(read(one).value) for row in rows for one in apart(row["body"])]


async def test_start_lifts_what_stop_made_and_nothing_that_others_said(sms: Desk) -> None:
    stop = SetSuppression(way="phone", address=PHONE, suppressed=True, by="SMS STOP", kind="stop")
    start = stop.model_copy(update={"suppressed": False, "by": "SMS START"})
    ours = SetSuppression(way="phone", address=PHONE, suppressed=True, by="user:ann", reason="asked us to")
    await sms.take(stop, start, start, another(sms))
    await sms.work("sent")
    await sms.take(stop, ours, start, another(sms))
    await sms.work("sent", "skipped")
    assert await reasons(sms, "skipped") == ["the address is written to no more: user:ann: asked us to"]
    assert [(one.suppressed, one.kind, one.reason) for one in await told(sms)] == [
        (True, "stop", "answered STOP"),
        (False, "stop", "answered STOP"),
        (True, "stop", "answered STOP"),
        (True, "person", "user:ann: asked us to"),
    ]
    assert {(one.address, one.way) for one in await told(sms)} == {(fingerprint("phone", PHONE), "phone")}


async def test_who_answered_stop_to_another_sender_is_told_of_as_such(sms: Desk) -> None:
    sms.sim.twilio.opted_out.add(PHONE)
    await sms.take(another(sms))
    await sms.work("failed")
    [one] = await told(sms)
    assert (one.suppressed, one.kind, one.reason) == (True, "stop", "answered STOP")


async def test_a_message_that_could_not_go_by_sms_for_stop_suppresses_the_phone_too(open_desk: Open) -> None:
    desk = await open_desk("message")
    desk.sim.twilio.opted_out.add(PHONE)
    ways = [("sms", PHONE, "sms"), ("email", "ana@example.com", "mail")]
    routes = [{"channel": channel, "address": to, "connection": name} for channel, to, name in ways]
    await desk.take(another(desk, routes=routes, subject="Hello"))
    await desk.work("sent")
    assert [one.address for one in await told(desk)] == [fingerprint("phone", PHONE)]


async def test_an_address_is_known_by_its_hash_alone_and_stays_when_the_person_is_erased(sms: Desk) -> None:
    sms.sim.twilio.opted_out.add(PHONE)
    await sms.take(another(sms))
    await sms.work("failed")
    [row] = await sms.rows("SELECT * FROM suppressed")
    assert PHONE not in str(row)
    assert row["address"] == fingerprint("phone", PHONE)
    assert gate.ADDRESSED["call"] == gate.ADDRESSED["sms"] == "phone"
    assert fingerprint("email", " Ana@Example.com") == fingerprint("email", "ana@example.com")


async def test_a_cap_holds_for_one_contact_across_rules_and_important_ones_are_free(
    sms: Desk, changed_portal: Portal
) -> None:
    await sms.configure(changed_portal(caps={"sms": {"at_most": 2, "hours": 24}}))
    await sms.take(*(another(sms) for _ in range(3)), another(sms, important=True), another(sms, contact=OTHER))
    await sms.work("sent", "sent", "sent", "sent", "skipped")
    assert await reasons(sms, "skipped") == ["frequency cap: at most 2 in 24 hours for one contact"]
    assert len(sms.sim.twilio.accepted) == 4


async def test_what_was_refused_does_not_count(sms: Desk, changed_portal: Portal) -> None:
    await sms.configure(changed_portal(caps={"sms": {"at_most": 1, "hours": 24}}))
    await sms.take(another(sms, "no phone"))
    await sms.work("failed")
    await sms.take(another(sms))
    await sms.work("failed", "sent")


async def test_what_is_put_off_goes_when_there_is_room(sms: Desk, changed_portal: Portal) -> None:
    await sms.configure(changed_portal(caps={"sms": {"at_most": 1, "hours": 24, "over": "postpone"}}))
    await sms.take(another(sms))
    await sms.work("sent")
    await sms.take(another(sms))
    await sms.work("sent", "planned")
    await sms.executor.claim(10)
    [row] = await sms.rows("SELECT not_before, reason, attempts FROM effect WHERE state = 'planned'")
    assert row["not_before"] > datetime.now(UTC)
    assert row["attempts"] == 0
    assert row["reason"].startswith("frequency cap: at most 1 in 24 hours for one contact; put off to ")
    await sms.rows("UPDATE reached SET at = at - interval '25 hours' RETURNING effect")
    await sms.rows("UPDATE effect SET not_before = at WHERE state = 'planned' RETURNING id")
    await sms.work("sent", "sent")


async def test_many_processes_count_together(sms: Desk, changed_portal: Portal) -> None:
    await sms.configure(changed_portal(caps={"sms": {"at_most": 3, "hours": 24}}))
    await sms.take(*(another(sms) for _ in range(24)))
    several = [sms.another() for _ in range(6)]
    claimed = await asyncio.gather(*(one.claim(4) for one in several))
    assert sum(len(one.effects) for one in claimed) == 3
    assert len(await sms.rows("SELECT FROM effect WHERE state = 'skipped'")) == 21


def around(now: datetime, zone: str = "Europe/Lisbon", **more: str) -> dict[str, str]:
    """Give quiet hours that began an hour ago and end in two, by the clocks of a zone."""
    clocks = [(now + timedelta(hours=n)).astimezone(ZoneInfo(zone)).strftime("%H:%M") for n in (-1, 2)]
    return {"from": clocks[0], "until": clocks[1], **more}


async def test_in_quiet_hours_it_is_put_off_to_their_end_in_words_and_goes_then(
    sms: Desk, changed_portal: Portal
) -> None:
    night = around(datetime.now(UTC), "America/New_York")
    await sms.configure(changed_portal(zone="Europe/Lisbon", quiet={"sms": night}))
    there, here = sms.to(zone="America/New_York"), sms.to("+351910000002")
    await sms.take(sms.action(there, here), another(sms, "+12125550123", important=True))
    [put_off] = [told for told in await sms.work("planned", "sent", "sent") if told.state == "planned"]
    words = f"quiet hours until {night['until']} America/New_York"
    assert (put_off.effect, put_off.reason, put_off.attempts) == (sms.effect(), words, 0)
    [row] = await sms.rows("SELECT not_before FROM effect WHERE state = 'planned'")
    assert row["not_before"].astimezone(ZoneInfo("America/New_York")).strftime("%H:%M:%S") == f"{night['until']}:00"
    assert row["not_before"] > datetime.now(UTC)
    await sms.configure(changed_portal())
    await sms.rows("UPDATE effect SET not_before = at WHERE state = 'planned' RETURNING id")
    await sms.work("sent", "sent", "sent")


async def test_quiet_hours_may_skip_and_hold_advertising_alone(sms: Desk, changed_portal: Portal) -> None:
    night = around(datetime.now(UTC), over="skip", of="advertising")
    await sms.configure(changed_portal(zone="Europe/Lisbon", quiet={"sms": night}))
    await sms.take(another(sms), another(sms, advertising=True))
    await sms.work("sent", "skipped")
    assert await reasons(sms, "skipped") == [f"quiet hours until {night['until']} Europe/Lisbon"]


async def test_what_is_put_off_for_too_long_is_missed_and_says_what_held_it_up(
    sms: Desk, changed_portal: Portal
) -> None:
    await sms.configure(changed_portal(zone="Europe/Lisbon", quiet={"sms": around(datetime.now(UTC))}))
    wanted = datetime.now(UTC) + timedelta(hours=1)
    await sms.take(another(sms).model_copy(update={"expires_at": wanted}))
    await sms.work("planned")
    await sms.rows("UPDATE effect SET not_before = at, expires_at = at WHERE state = 'planned' RETURNING id")
    await sms.work("missed")
    [reason] = await reasons(sms, "missed")
    assert reason.startswith("too late: ")
    assert "last: quiet hours until " in reason


async def test_a_message_that_goes_by_sms_keeps_the_quiet_hours_of_sms(open_desk: Open, changed_portal: Portal) -> None:
    desk = await open_desk("message")
    await desk.configure(changed_portal(zone="Europe/Lisbon", quiet={"sms": around(datetime.now(UTC))}))
    routes = [{"channel": "sms", "address": PHONE, "connection": "sms"}]
    await desk.take(another(desk, routes=routes))
    [put_off] = await desk.work("planned")
    assert put_off.reason.startswith("quiet hours until ")
