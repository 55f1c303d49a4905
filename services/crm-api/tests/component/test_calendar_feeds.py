"""Calendars of people: read by an iCalendar library behind a secret link that its owner makes anew."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from crm_api.calendars import caching
from crm_api.testing.company import Company
from icalendar import Calendar

Json = dict[str, Any]
HELSINKI = ZoneInfo("Europe/Helsinki")


def days(count: int) -> str:
    return (datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=count)).isoformat()


async def meeting(company: Company, item: str, subject: str, **more: Any) -> Json:
    told = {"item": item, "kind": "meeting", "subject": subject, "starts_at": days(7), "assignee": "sam"}
    return dict(await company.crm.made("/v1/activities", **{**told, **more}))


async def link(client: Any) -> str:
    answer = await client.post("/v1/calendar")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["path"])


async def events(company: Company, path: str) -> tuple[dict[str, Any], Any]:
    answer = await company.showing("").get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/calendar")
    calendar = Calendar.from_ical(answer.content)
    return {str(one["SUMMARY"]): one for one in calendar.walk("VEVENT")}, calendar


async def test_a_calendar_client_reads_whats_before_somebody_in_the_zones_it_is_meant_in(company: Company) -> None:
    sam, deal = await company.sign_in("sam"), await company.deal("sam")
    text = "Bring the samples; oak, elm\nand a long line: " + "x" * 200 + "\x07"
    begin = (datetime.now(HELSINKI) + timedelta(days=7)).replace(hour=10, minute=0, second=0, microsecond=0)
    end = begin + timedelta(hours=1, minutes=30)
    at = {"starts_at": begin.isoformat(), "ends_at": end.isoformat(), "zone": HELSINKI.key}
    made = await meeting(company, deal, "Measure", description=text, place="Käärme 1", important=True, **at)
    off = await meeting(company, deal, "Off")
    await meeting(company, deal, "Long ago", starts_at=days(-200))
    await meeting(company, deal, "Far away", starts_at=days(1000))
    await meeting(company, deal, "Of another", assignee="nils")
    await company.crm.ann.post(f"/v1/activities/{off['id']}/cancel", json={})
    path = await link(sam)
    found, calendar = await events(company, path)
    assert set(found) == {"Measure", "Off"}
    one = found["Measure"]
    assert (str(one["UID"]), str(one["STATUS"]), int(one["SEQUENCE"])) == (f"{made['id']}@signalbox", "CONFIRMED", 0)
    assert (str(one["DESCRIPTION"]), str(one["LOCATION"]), int(one["PRIORITY"])) == (text[:-1], "Käärme 1", 1)
    assert one["DTSTART"].params["TZID"] == "Europe/Helsinki"
    assert one["DTSTART"].dt.astimezone(UTC) == begin.astimezone(UTC)
    assert one["DTEND"].dt - one["DTSTART"].dt == timedelta(hours=1, minutes=30)
    assert (str(found["Off"]["STATUS"]), int(found["Off"]["SEQUENCE"])) == ("CANCELLED", 1)
    assert {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")} >= {"Europe/Helsinki"}
    assert one["DTSTART"].dt.astimezone(HELSINKI).hour == 10
    assert str(calendar["X-WR-CALNAME"]) == "Sam"


async def test_what_has_not_changed_is_not_sent_again_and_what_moved_has_a_higher_number(company: Company) -> None:
    sam, deal = await company.sign_in("sam"), await company.deal("sam")
    made = await meeting(company, deal, "Measure")
    path, anybody = await link(sam), company.showing("")
    first = await anybody.get(path)
    known = {"If-None-Match": first.headers["etag"]}
    assert (await anybody.get(path, headers=known)).status_code == 304
    assert first.headers["last-modified"].endswith("GMT")
    moved = {"starts_at": days(8)}
    assert (await company.crm.ann.patch(f"/v1/activities/{made['id']}", json=moved)).status_code == 200
    assert (await anybody.get(path, headers=known)).status_code == 200
    found, _ = await events(company, path)
    assert int(found["Measure"]["SEQUENCE"]) == 1


async def test_a_link_leads_nowhere_once_it_is_made_anew_taken_away_or_its_person_is_gone(company: Company) -> None:
    sam, anybody = await company.sign_in("sam"), company.showing("")
    assert (await sam.get("/v1/calendar")).json() == {"made_at": None}
    first = await link(sam)
    second = await link(sam)
    assert [(await anybody.get(path)).status_code for path in (first, second)] == [404, 200]
    assert (await sam.get("/v1/calendar")).json()["made_at"] is not None
    kept = await company.crm.fetch("SELECT hash FROM calendar_link")
    assert all(row["hash"] not in second for row in kept)
    assert (await sam.delete("/v1/calendar")).status_code == 204
    assert (await anybody.get(second)).status_code == 404
    third = await link(sam)
    known = (await company.crm.ann.get("/v1/config/person/sam")).json()["data"]
    gone = {**{key: value for key, value in known.items() if key != "id"}, "active": False}
    assert (await company.crm.ann.put("/v1/config/person/sam", json=gone)).status_code == 200
    assert (await anybody.get(third)).status_code == 404
    for guess in ("x", "x" * 5000, "..%2f", "%00"):
        assert (await anybody.get(f"/calendars/{guess}.ics")).status_code == 404


async def test_when_somebody_is_busy_is_told_to_everybody_and_with_what_to_nobody(company: Company) -> None:
    nils, deal = await company.sign_in("nils"), await company.deal("sam")

    async def at(begin: str, end: str | None, **more: Any) -> None:
        ends = {"ends_at": f"2030-12-{end}:00Z"} if end else {}
        await meeting(company, deal, "Secret", starts_at=f"2030-12-{begin}:00Z", **ends, **more)

    await at("01T22:00", "02T01:00")
    await at("02T09:00", "02T10:00")
    await at("02T09:30", "02T10:30", kind="call", participants=[{"person": "sam"}], assignee="olaf")
    await at("02T10:30", "02T11:00")
    await at("02T15:00", None, kind="call")
    await at("02T16:00", "02T17:00", kind="note")
    await at("02T18:00", "02T19:00", assignee="olaf")
    await at("03T23:00", "04T10:00")
    span = {"from": "2030-12-02T00:00:00Z", "to": "2030-12-04T00:00:00Z"}
    answer = await nils.get("/v1/people/sam/busy", params=span)
    assert answer.status_code == 200, answer.text
    assert "Secret" not in answer.text
    assert [(one["starts_at"][8:16], one["ends_at"][8:16]) for one in answer.json()["busy"]] == [
        ("02T00:00", "02T01:00"),
        ("02T09:00", "02T11:00"),
        ("02T15:00", "02T15:15"),
        ("03T23:00", "04T00:00"),
    ]
    assert (await nils.get("/v1/people/nobody/busy", params=span)).status_code == 404
    for wrong in ({**span, "to": span["from"]}, {**span, "to": "2031-12-01T00:00:00Z"}, {"from": "soon", "to": "x"}):
        assert (await nils.get("/v1/people/sam/busy", params=wrong)).status_code == 422


async def test_what_is_no_appointment_hides_none_however_much_there_is(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "MOST", 2)
    ann, deal = company.crm.ann, await company.deal("sam")
    await meeting(company, deal, "Measure", starts_at="2030-12-02T10:00:00Z", ends_at="2030-12-02T11:00:00Z")
    gone = await meeting(company, deal, "Off", starts_at="2030-12-02T15:00:00Z")
    assert (await ann.post(f"/v1/activities/{gone['id']}/cancel", json={})).status_code == 200
    for hour in range(3):
        await meeting(company, deal, "Note", kind="note", starts_at=f"2030-12-03T1{hour}:00:00Z")
    span = {"from": "2030-12-01T00:00:00Z", "to": "2030-12-08T00:00:00Z"}
    found = (await ann.get("/v1/people/sam/busy", params=span)).json()["busy"]
    assert [(one["starts_at"], one["ends_at"]) for one in found] == [("2030-12-02T10:00:00Z", "2030-12-02T11:00:00Z")]


async def test_a_limited_key_neither_makes_nor_ends_the_link_of_a_calendar(company: Company) -> None:
    sam, key = await company.sign_in("sam"), await company.sign_in("sam", scope={"actions": ["read", "change"]})
    path = await link(sam)
    assert (await key.post("/v1/calendar")).status_code == 403
    assert (await key.delete("/v1/calendar")).status_code == 403
    assert (await key.get("/v1/calendar")).json()["made_at"]
    assert (await company.showing("").get(path)).status_code == 200
