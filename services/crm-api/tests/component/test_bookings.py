"""Resources booked for items: no two at one time, moved, cancelled; what is free on a day."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from chassis.testing import eventually
from contracts import topics
from contracts.signals import Signal
from crm_api.testing.company import Company

LISBON = {"zone": "Europe/Lisbon", "weekly": {str(day): [["09:00", "12:00"], ["13:00", "15:00"]] for day in range(7)}}
DAY = "2030-03-05"  # a Tuesday


def time(begin: str, end: str, day: str = DAY) -> dict[str, str]:
    return {"starts_at": f"{day}T{begin}Z", "ends_at": f"{day}T{end}Z"}


async def furnished(crm: Any, **more: Any) -> None:
    for path, record in (("calendar/lisbon", LISBON), ("resource/van", {"calendar": "lisbon", **more})):
        answer = await crm.ann.put(f"/v1/config/{path}", json=record)
        assert answer.status_code == 200, answer.text


async def book(client: Any, item: str, begin: str, end: str, **more: Any) -> Any:
    return await client.post("/v1/bookings", json={"resource": "van", "item": item, **time(begin, end), **more})


async def free(crm: Any, day: str = DAY) -> list[str]:
    answer = await crm.ann.get("/v1/resources/van/free", params={"day": day})
    assert answer.status_code == 200, answer.text
    return [slot["starts_at"] for slot in answer.json()["slots"]]


@pytest.mark.req("I11")
async def test_of_fifty_who_book_one_time_at_once_one_has_it(crm: Any) -> None:
    await furnished(crm)
    deal = (await crm.deal())["id"]
    starts = [f"10:{minute:02}" for minute in range(50)]
    answers = await asyncio.gather(*(book(crm.ann, deal, begin, "11:30") for begin in starts))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 49
    [row] = await crm.fetch("SELECT id, upper(during) AS ends_at FROM booking")
    assert row["ends_at"] == datetime(2030, 3, 5, 11, 30, tzinfo=UTC)
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert str(row["id"]) in refused.json()["detail"]
    [signal] = await eventually(lambda: crm.deployment.data(topics.SIGNALS, Signal))
    assert (signal.kind, str(signal.binding), signal.payload["resource"]) == ("resource.booked", deal, "van")


async def test_the_database_itself_takes_no_two_that_overlap(crm: Any) -> None:
    await furnished(crm)
    deal = (await crm.deal())["id"]
    assert (await book(crm.ann, deal, "10:00", "11:00")).status_code == 201
    copy = (
        "INSERT INTO booking SELECT gen_random_uuid(), resource, item, during + tstzrange($1, $2), note, made_by, at"
        " FROM booking"
    )
    with pytest.raises(asyncpg.ExclusionViolationError):
        await crm.fetch(copy, datetime(2030, 3, 5, 10, 59, tzinfo=UTC), datetime(2030, 3, 5, 12, tzinfo=UTC))


async def test_times_that_touch_do_not_overlap_and_another_resource_is_another(crm: Any) -> None:
    await furnished(crm)
    await crm.ann.put("/v1/config/resource/fitter", json={"calendar": "lisbon"})
    deal = (await crm.deal())["id"]
    answers = [
        await book(crm.ann, deal, "10:00", "11:00"),
        await book(crm.ann, deal, "11:00", "12:00"),
        await book(crm.ann, deal, "10:00", "11:00", resource="fitter"),
        await book(crm.ann, deal, "10:59", "11:01"),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 409]


@pytest.mark.req("I11")
async def test_a_booking_moves_and_is_cancelled_and_its_time_is_free_again(crm: Any) -> None:
    await furnished(crm)
    deal = (await crm.deal())["id"]
    first, second = [(await book(crm.ann, deal, *at)).json() for at in (("10:00", "11:00"), ("13:00", "14:00"))]
    path = f"/v1/bookings/{first['id']}"
    clash = await crm.ann.patch(path, json=time("13:30", "14:30"))
    assert (clash.status_code, second["id"] in clash.json()["detail"]) == (409, True)
    assert (await crm.ann.get(path)).json()["starts_at"] == first["starts_at"]
    # It is in its own way no more than in that of others.
    moved = await crm.ann.patch(path, json={**time("10:30", "11:30"), "note": "Later"})
    assert (moved.status_code, moved.json()["note"]) == (200, "Later")
    assert (await book(crm.ann, deal, "09:30", "10:30")).status_code == 201
    assert (await crm.ann.delete(path)).json()["cancelled_at"]
    assert (await crm.ann.delete(path)).status_code == 409
    assert (await crm.ann.patch(path, json={"note": "x"})).status_code == 409
    assert (await book(crm.ann, deal, "10:30", "11:30")).status_code == 201
    listed = (await crm.ann.get(f"/v1/items/{deal}/bookings")).json()["bookings"]
    assert [one["cancelled_at"] is None for one in listed] == [False, True, True, True]
    rows = (await crm.ann.get(f"/v1/items/{deal}/timeline")).json()["rows"]
    kinds = [row["kind"] for row in rows if "book" in row["kind"]]
    assert kinds == ["booked", "booked", "rebooked", "booked", "booking_cancelled", "booked"]


@pytest.mark.req("I11")
async def test_the_slots_of_a_day_are_those_of_its_zone_without_what_is_taken(crm: Any) -> None:
    await furnished(crm)
    deal = (await crm.deal())["id"]
    assert await free(crm) == [f"{DAY}T{hour}:00:00Z" for hour in ("09", "10", "11", "13", "14")]
    await book(crm.ann, deal, "09:30", "10:30")
    assert await free(crm) == [f"{DAY}T{hour}:00:00Z" for hour in ("11", "13", "14")]
    # The clocks of Lisbon go forward on the last day of March: the same wall times are an hour earlier.
    assert await free(crm, "2030-03-31") == [
        f"2030-03-31T{hour}:00:00+01:00" for hour in ("09", "10", "11", "13", "14")
    ]
    assert await free(crm, "2020-03-05") == []


@pytest.mark.req("I11")
async def test_a_day_on_which_clocks_change_has_an_hour_more_or_less(crm: Any) -> None:
    nights = {"zone": "Europe/Lisbon", "weekly": {str(day): [["00:00", "04:00"]] for day in range(7)}}
    await crm.ann.put("/v1/config/calendar/nights", json=nights)
    await crm.ann.put("/v1/config/resource/van", json={"calendar": "nights", "slot_minutes": 60})
    assert [len(await free(crm, day)) for day in ("2030-03-30", "2030-03-31", "2030-10-27")] == [4, 3, 5]


REFUSED = (
    (time("11:00", "10:00"), "ends_at"),
    (time("08:00", "10:00"), "starts_at"),
    (time("11:00", "12:30"), "ends_at"),
    (time("12:00", "14:00"), "starts_at"),
    ({**time("10:00", "11:00"), "ends_at": "2030-05-05T11:00Z"}, "ends_at"),
    ({**time("10:00", "11:00"), "ends_at": "9999-12-31T23:59:59Z"}, "ends_at"),
    ({"starts_at": "2030-03-05T10:00"}, "starts_at"),
    ({"resource": "boat"}, "resource"),
    ({"resource": "cellar"}, "resource"),
    ({"note": "x" * 200_000}, "note"),
)


async def test_a_booking_that_cannot_be_is_refused_by_its_field(crm: Any) -> None:
    await furnished(crm)
    await crm.ann.put("/v1/config/resource/cellar", json={"active": False})
    deal = (await crm.deal())["id"]
    fine = {"resource": "van", "item": deal, **time("10:00", "11:00")}
    for more, field in REFUSED:
        answer = await crm.ann.post("/v1/bookings", json={**fine, **more})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), more


async def test_a_resource_with_a_calendar_that_nobody_knows_is_refused(crm: Any) -> None:
    answer = await crm.ann.put("/v1/config/resource/van", json={"calendar": "moon"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "calendar")
    far = await crm.ann.get("/v1/resources/van/bookings?since=2030-01-01T00:00Z&until=2031-01-01T00:00Z")
    assert (far.status_code, far.json()["errors"][0]["field"]) == (422, "until")


@pytest.mark.req("J11")
async def test_whose_booking_is_in_the_way_is_told_only_to_who_may_read_it(company: Company) -> None:
    await furnished(company.crm)
    sams, olafs = await company.deal("sam"), await company.deal("olaf")
    sam, olaf = await company.sign_in("sam"), await company.sign_in("olaf")
    booking = (await book(sam, sams, "10:00", "11:00", note="secret")).json()
    refused = await book(olaf, olafs, "10:30", "11:30")
    assert (refused.status_code, booking["id"] in refused.text, "10:00" in refused.text) == (409, False, True)
    shown = {"since": f"{DAY}T00:00Z", "until": f"{DAY}T23:00Z"}
    for client, seen in ((sam, booking["id"]), (olaf, None)):
        [taken] = (await client.get("/v1/resources/van/bookings", params=shown)).json()["taken"]
        assert (taken["booking"], taken["starts_at"]) == (seen, f"{DAY}T10:00:00Z")
    assert (await olaf.get(f"/v1/bookings/{booking['id']}")).status_code == 404
    assert (await book(olaf, sams, "13:00", "14:00")).status_code == 404


async def test_a_booking_of_the_very_far_future_waits_for_nobody(crm: Any) -> None:
    await furnished(crm)
    deal = (await crm.deal())["id"]
    answer = await crm.ann.get("/v1/resources/van/free", params={"day": "9999-12-31"})
    assert answer.status_code in {200, 422}
    assert (await book(crm.ann, deal, "10:00", "10:01")).status_code == 201
    begin = datetime(2030, 3, 5, 10, 1, tzinfo=UTC)
    body = {"resource": "van", "item": deal, "starts_at": begin.isoformat()}
    long = await crm.ann.post("/v1/bookings", json={**body, "ends_at": (begin + timedelta(days=3)).isoformat()})
    assert long.status_code == 201
