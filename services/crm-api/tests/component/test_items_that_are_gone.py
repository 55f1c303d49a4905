"""What can be done with an item that is deleted, that never was, or that one may not see."""

from typing import Any
from uuid import uuid4

import pytest
from crm_api.testing.company import Company

Call = tuple[str, str, dict[str, Any] | None]
AT = {"starts_at": "2030-03-05T10:00:00Z"}
STAND_STILL: list[Call] = [
    ("GET", "/v1/items/{}", None),
    ("PATCH", "/v1/items/{}", {"fields": {"notes": "x"}}),
    ("DELETE", "/v1/items/{}", None),
    ("POST", "/v1/items/{}/move", {"stage": "paid"}),
    ("POST", "/v1/items/moves", {"items": ["{}"], "stage": "paid"}),
    ("POST", "/v1/items/{}/assign", {"to": "sam"}),
    ("POST", "/v1/items/assignments", {"items": ["{}"], "to": "sam"}),
    ("POST", "/v1/items/{}/links", {"role": "related", "type": "deal", "id": "{}"}),
    ("DELETE", "/v1/items/{}/links/related/{}", None),
    ("GET", "/v1/items/{}/goods", None),
    ("PUT", "/v1/items/{}/goods", {"rows": []}),
    ("POST", "/v1/items/{}/conversions", {"to": "contact"}),
    ("POST", "/v1/items/{}/conversions/together", {"targets": [{"to": "deal", "pipeline": "deal/retail"}]}),
    ("GET", "/v1/items/{}/duplicates", None),
    ("POST", "/v1/bookings", {"item": "{}", "resource": "van", **AT, "ends_at": "2030-03-05T11:00:00Z"}),
    ("POST", "/v1/activities", {"item": "{}", "kind": "call", "subject": "Call", **AT}),
    ("POST", "/v1/reminders", {"item": "{}", "text": "Call", "at": "2030-03-05T10:00:00Z"}),
]
# The past of a deleted item stays readable.
LOOK_BACK: list[Call] = [
    ("GET", "/v1/items/{}/history", None),
    ("GET", "/v1/items/{}/timeline", None),
    ("GET", "/v1/items/{}/bookings", None),
    ("GET", "/v1/tasks?item={}", None),
    ("GET", "/v1/activities?item={}", None),
]


def of(item: str, told: Any) -> Any:
    """Put an item into a request."""
    if isinstance(told, dict):
        return {key: of(item, value) for key, value in told.items()}
    if isinstance(told, list):
        return [of(item, one) for one in told]
    return told.replace("{}", item) if isinstance(told, str) else told


async def statuses(client: Any, item: str, calls: list[Call]) -> dict[str, int]:
    found = {}
    for method, path, body in calls:
        answer = await client.request(method, of(item, path), json=of(item, body))
        assert answer.is_success or answer.headers["content-type"] == "application/problem+json"
        found[f"{method} {path}"] = answer.status_code
    return found


def all_of(calls: list[Call], status: int) -> dict[str, int]:
    return {f"{method} {path}": status for method, path, _ in calls}


@pytest.fixture
async def hall(company: Company) -> Company:
    """Give a company with goods, and a van to book."""
    ann = company.crm.ann
    record = (await ann.get("/v1/config/type/deal")).json()["data"]
    for path, body in (("type/deal", {**record, "goods": True, "amount": "amount"}), ("resource/van", {})):
        answer = await ann.put(f"/v1/config/{path}", json=body)
        assert answer.status_code == 200, answer.text
    return company


async def test_a_deleted_item_stands_still_and_its_past_stays_readable(hall: Company) -> None:
    ann, deal = hall.crm.ann, await hall.deal("sam")
    assert (await ann.delete(f"/v1/items/{deal}")).status_code == 204
    assert await statuses(ann, deal, STAND_STILL) == all_of(STAND_STILL, 410)
    assert await statuses(ann, deal, LOOK_BACK) == all_of(LOOK_BACK, 200)
    told = (await ann.get(f"/v1/items/{deal}")).json()["detail"]
    assert told == f"item {deal} is deleted; what was not erased comes back with POST /v1/items/{deal}/restore"
    kinds = [entry["kind"] for entry in (await ann.get(f"/v1/items/{deal}/history")).json()["entries"]]
    assert kinds == ["created", "deleted"]


async def test_an_item_that_never_was_and_one_that_is_hidden_are_answered_alike(hall: Company) -> None:
    olafs, sam = await hall.deal("olaf"), await hall.sign_in("sam")
    calls = [*STAND_STILL, *LOOK_BACK, ("POST", "/v1/items/{}/restore", None)]
    for client, item in ((hall.crm.ann, str(uuid4())), (sam, str(uuid4())), (sam, olafs)):
        assert await statuses(client, item, calls) == all_of(calls, 404)
    assert (await hall.crm.ann.delete(f"/v1/items/{olafs}")).status_code == 204
    assert await statuses(sam, olafs, calls) == all_of(calls, 404)
    timeline = (await hall.crm.ann.get(f"/v1/items/{olafs}/timeline")).json()["rows"]
    assert [row["kind"] for row in timeline] == ["created", "deleted"]


async def test_a_booking_of_a_deleted_item_moves_no_more_but_can_be_cancelled(hall: Company) -> None:
    sam, rea = await hall.sign_in("sam"), await hall.sign_in("rea")
    time = {**AT, "ends_at": "2030-03-05T11:00:00Z"}

    async def booked(item: str) -> Any:
        return await sam.post("/v1/bookings", json={"resource": "van", "item": item, **time})

    deal, other = await hall.deal("sam"), await hall.deal("sam")
    booking = f"/v1/bookings/{(await booked(deal)).json()['id']}"
    assert (await sam.delete(f"/v1/items/{deal}")).status_code == 204
    assert (await booked(other)).status_code == 409
    assert (await sam.get(booking)).status_code == 200
    assert (await sam.patch(booking, json={"note": "Later"})).status_code == 410
    assert (await rea.delete(booking)).status_code == 403
    assert (await sam.delete(booking)).json()["cancelled_at"]
    assert (await booked(other)).status_code == 201
