"""Bookings that move: what stays, what is looked at anew, and who comes first of those who come at once."""

import asyncio
from typing import Any

import pytest
from chassis.testing import eventually
from contracts import topics
from contracts.signals import Signal
from crm_api.testing.company import Company

Json = dict[str, Any]
OFFICE = {"zone": "UTC", "weekly": {"1": [["09:00", "17:00"]]}}
DAY = "2030-03-05"  # a Tuesday


def time(begin: str, end: str) -> dict[str, str]:
    return {"starts_at": f"{DAY}T{begin}:00Z", "ends_at": f"{DAY}T{end}:00Z"}


@pytest.fixture
async def fleet(company: Company) -> Company:
    """Give a company with a van and a fitter, who are there on Tuesdays."""
    own = {"calendar": "office"}
    for path, record in (("calendar/office", OFFICE), ("resource/van", own), ("resource/fitter", own)):
        answer = await company.crm.ann.put(f"/v1/config/{path}", json=record)
        assert answer.status_code == 200, answer.text
    return company


async def booked(client: Any, item: str, begin: str, end: str, **more: Any) -> Json:
    answer = await client.post("/v1/bookings", json={"resource": "van", "item": item, **time(begin, end), **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def taken(client: Any, begin: str, end: str) -> list[str]:
    """Give when the van is taken."""
    span = {"since": time(begin, end)["starts_at"], "until": time(begin, end)["ends_at"]}
    answer = await client.get("/v1/resources/van/bookings", params=span)
    assert answer.status_code == 200, answer.text
    return [one["starts_at"][11:16] for one in answer.json()["taken"]]


async def test_what_is_left_out_of_a_move_stays_and_what_moves_is_checked_as_a_whole(fleet: Company) -> None:
    sam, deal = await fleet.sign_in("sam"), await fleet.deal("sam")
    made = await booked(sam, deal, "10:00", "11:00", note="Ladder")
    path = f"/v1/bookings/{made['id']}"
    assert (made["made_by"], made["cancelled_at"]) == ("sam", None)
    for body, field in (
        ({"starts_at": f"{DAY}T11:00:00Z"}, "ends_at"),
        ({"ends_at": f"{DAY}T10:00:00Z"}, "ends_at"),
        ({"starts_at": f"{DAY}T08:59:00Z"}, "starts_at"),
        ({"ends_at": f"{DAY}T17:01:00Z"}, "ends_at"),
        ({"ends_at": f"{DAY}T10:30:00"}, "ends_at"),
        ({"resource": "boat"}, "resource"),
        ({"resource": ""}, "resource"),
        ({"item": deal}, "item"),
        ({"note": "x" * 10_001}, "note"),
    ):
        answer = await sam.patch(path, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), body
    for nothing in ({}, {"note": None, "resource": None, "starts_at": None, "ends_at": None}):
        assert (await sam.patch(path, json=nothing)).json() == made
    later = (await sam.patch(path, json={"ends_at": f"{DAY}T12:00:00Z"})).json()
    assert later == {**made, "ends_at": f"{DAY}T12:00:00Z"}
    other = (await sam.patch(path, json={"resource": "fitter", "note": ""})).json()
    assert other == {**later, "resource": "fitter", "note": ""} == (await sam.get(path)).json()
    assert await taken(sam, "00:00", "23:00") == []
    rows = (await sam.get(f"/v1/items/{deal}/timeline")).json()["rows"]
    assert [row["kind"] for row in rows if "booked" in row["kind"]] == ["booked", "rebooked", "rebooked"]


async def test_a_note_is_written_though_the_hours_are_others_now_and_a_time_is_not(fleet: Company) -> None:
    ann, deal = fleet.crm.ann, await fleet.deal("sam")
    path = f"/v1/bookings/{(await booked(ann, deal, '10:00', '11:00'))['id']}"
    assert (await ann.put("/v1/config/resource/van", json={"calendar": "office", "active": False})).status_code == 200
    assert (await ann.patch(path, json={"note": "Ring twice"})).json()["note"] == "Ring twice"
    moved = await ann.patch(path, json=time("12:00", "13:00"))
    assert (moved.status_code, moved.json()["errors"][0]["fix"]) == (422, "use one of: fitter")
    assert (await ann.patch(path, json={"resource": "fitter"})).status_code == 200


async def test_a_look_at_what_is_taken_shows_what_has_a_part_of_it_in_the_order_of_time(fleet: Company) -> None:
    ann, deal = fleet.crm.ann, await fleet.deal("sam")
    for begin, end in (("13:00", "14:00"), ("09:00", "10:00"), ("10:00", "12:00")):
        await booked(ann, deal, begin, end)
    gone = await booked(ann, deal, "15:00", "16:00")
    assert (await ann.delete(f"/v1/bookings/{gone['id']}")).status_code == 200
    for span, shown in (
        (("00:00", "23:00"), ["09:00", "10:00", "13:00"]),
        (("10:00", "13:00"), ["10:00"]),
        (("11:59", "13:01"), ["10:00", "13:00"]),
        (("12:00", "13:00"), []),
        (("14:00", "23:00"), []),
    ):
        assert await taken(ann, *span) == shown, span
    wide = {"since": "2030-01-01T00:00:00Z", "until": "2030-04-03T00:00:00Z"}
    assert len((await ann.get("/v1/resources/van/bookings", params=wide)).json()["taken"]) == 3
    wider = await ann.get("/v1/resources/van/bookings", params={**wide, "until": "2030-04-03T00:00:01Z"})
    assert (wider.status_code, wider.json()["errors"][0]["field"]) == (422, "until")


async def test_of_those_who_move_at_once_one_gets_to_a_time_and_no_two_ever_meet(fleet: Company) -> None:
    ann, deal = fleet.crm.ann, await fleet.deal("sam")
    made = [await booked(ann, deal, f"{hour:02}:00", f"{hour + 1:02}:00") for hour in range(9, 14)]
    to = time("15:00", "16:00")
    answers = await asyncio.gather(*(ann.patch(f"/v1/bookings/{one['id']}", json=to) for one in made))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 4]
    [there] = [answer.json()["id"] for answer in answers if answer.status_code == 200]
    assert all(there in answer.json()["detail"] for answer in answers if answer.status_code == 409)
    stayed = [one["starts_at"][11:16] for one in made if one["id"] != there]
    assert await taken(ann, "00:00", "23:00") == [*stayed, "15:00"]
    for one in made:
        assert (await ann.delete(f"/v1/bookings/{one['id']}")).status_code == 200
    # Neither of two that would change places can go first.
    for hour in (9, 11, 13, 15):
        begin, end = f"{hour:02}:00", f"{hour + 1:02}:00"
        van, fitter = await booked(ann, deal, begin, end), await booked(ann, deal, begin, end, resource="fitter")
        swapped = await asyncio.gather(
            ann.patch(f"/v1/bookings/{van['id']}", json={"resource": "fitter"}),
            ann.patch(f"/v1/bookings/{fitter['id']}", json={"resource": "van"}),
        )
        assert [answer.status_code for answer in swapped] == [409, 409]
    assert await taken(ann, "00:00", "23:00") == ["09:00", "11:00", "13:00", "15:00"]


async def test_who_may_only_read_an_item_books_nothing_for_it_and_triggers_hear_of_a_booking_once(
    fleet: Company,
) -> None:
    sam, rea, nils = [await fleet.sign_in(one) for one in ("sam", "rea", "nils")]
    deal = await fleet.deal("sam")
    body = {"resource": "van", "item": deal, **time("10:00", "11:00")}
    path = f"/v1/bookings/{(await booked(sam, deal, '13:00', '14:00', note='secret'))['id']}"
    for client, status, of_item in ((rea, 403, 200), (nils, 404, 404)):
        assert (await client.post("/v1/bookings", json=body)).status_code == status
        assert (await client.patch(path, json={"note": "x"})).status_code == status
        assert (await client.delete(path)).status_code == status
        assert (await client.get(path)).status_code == of_item
        assert (await client.get(f"/v1/items/{deal}/bookings")).status_code == of_item
    assert (await sam.patch(path, json=time("14:00", "15:00"))).status_code == 200
    assert (await sam.delete(path)).status_code == 200
    last = await booked(sam, deal, "10:00", "11:00")

    async def heard() -> list[Signal] | None:
        told = [one for one in await fleet.crm.deployment.data(topics.SIGNALS, Signal) if one.kind == "resource.booked"]
        return told if any(one.payload["booking"] == last["id"] for one in told) else None

    told = await eventually(heard)
    assert sorted(one.payload["starts_at"][11:16] for one in told) == ["10:00", "13:00"]
    assert all("secret" not in one.model_dump_json() for one in told)


async def test_the_times_that_are_taken_come_in_parts_and_their_places_name_no_booking(fleet: Company) -> None:
    sam, deal, others = await fleet.sign_in("sam"), await fleet.deal("sam"), await fleet.deal("olaf")
    for hour in (9, 10, 11, 12, 14):
        await booked(fleet.crm.ann, others if hour % 2 else deal, f"{hour:02}:00", f"{hour + 1:02}:00")
    span = {"since": time("09:30", "23:00")["starts_at"], "until": time("09:30", "23:00")["ends_at"]}
    for limit in (1, 2, 3, 5, 6):
        found: list[str] = []
        after = ""
        while after is not None:
            asked = {**span, "limit": limit, "after": after}
            part = (await sam.get("/v1/resources/van/bookings", params=asked)).json()
            assert len(part["taken"]) <= limit
            found += [one["starts_at"][11:16] for one in part["taken"]]
            after = part["next"]
            assert after is None or after.endswith("00000000-0000-0000-0000-000000000000")
        assert found == ["09:00", "10:00", "11:00", "12:00", "14:00"], limit
