"""Reminders of activities: of one lead there is one, who cancelled it is left in peace, and it can be had again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from crm_api.testing.company import Company

Json = dict[str, Any]
# A minute a week: two hundred hours of it are more than a hundred years.
HARDLY = {"zone": "UTC", "weekly": {"0": [["09:00", "09:01"]]}}


@pytest.fixture
async def call(company: Company) -> Json:
    """Give a call of Sam's."""
    told = {"item": await company.deal("sam"), "kind": "call", "subject": "Call", "assignee": "sam"}
    return dict(await company.crm.made("/v1/activities", **told, starts_at="2030-12-02T10:00:00Z"))


async def reminded(client: Any, call: Json, lead: str) -> Json:
    answer = await client.post("/v1/reminders", json={"activity": call["id"], "lead": lead})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def planned(client: Any) -> list[tuple[str, str]]:
    """Give what somebody will be reminded of."""
    found = (await client.get("/v1/reminders")).json()["reminders"]
    return [(one["id"], one["at"]) for one in found]


async def due(company: Company) -> dict[str, datetime]:
    rows = await company.crm.fetch("SELECT id, due_at FROM timer WHERE lane = 'reminders'")
    return {str(row["id"]): row["due_at"] for row in rows}


async def test_of_one_lead_there_is_one_and_one_that_was_cancelled_can_be_had_again(
    company: Company, call: Json
) -> None:
    sam, mia = await company.sign_in("sam"), await company.sign_in("mia")
    first = await reminded(sam, call, "1 day")
    assert await reminded(mia, call, "1 day") == first
    assert (first["created_by"], first["state"], first["people"]) == ("user:sam", "planned", ["sam"])
    path = f"/v1/reminders/{first['id']}"
    for _ in range(2):
        assert (await sam.delete(path)).status_code == 204
        assert (await planned(sam), await due(company)) == ([], {})
    again = await reminded(sam, call, "1 day")
    assert (again["id"], again["state"]) == (first["id"], "planned")
    assert await planned(sam) == [(first["id"], "2030-12-01T10:00:00Z")]
    assert await due(company) == {first["id"]: datetime(2030, 12, 1, 10, tzinfo=UTC)}
    # One that was cancelled does not come back where its activity moves.
    kept, gone = again, await reminded(sam, call, "1 hour")
    assert (await sam.delete(f"/v1/reminders/{gone['id']}")).status_code == 204
    path = f"/v1/activities/{call['id']}"
    for change in ({"starts_at": "2030-12-09T10:00:00Z"}, {"participants": [{"person": "nils"}]}):
        assert (await sam.patch(path, json=change)).status_code == 200
    assert await planned(sam) == [(kept["id"], "2030-12-08T10:00:00Z")]
    assert await planned(await company.sign_in("nils")) == [(kept["id"], "2030-12-08T10:00:00Z")]
    assert set(await due(company)) == {kept["id"]}


async def test_what_is_over_reminds_of_nothing_and_nobody_plans_a_reminder_of_it(company: Company, call: Json) -> None:
    sam = await company.sign_in("sam")
    await reminded(sam, call, "1 day")
    path = f"/v1/activities/{call['id']}"
    done = await sam.post(f"{path}/complete", json={"result": "They take it"})
    assert (done.json()["version"], await planned(sam), await due(company)) == (2, [], {})
    # Once more, and without words, changes nothing; other words are kept.
    assert (await sam.post(f"{path}/complete", json={})).json() == done.json()
    later = (await sam.post(f"{path}/complete", json={"result": "They take two"})).json()
    assert (later["result"], later["version"], later["state"]) == ("They take two", 3, "done")
    refused = await sam.post("/v1/reminders", json={"activity": call["id"], "lead": "1 hour"})
    assert (refused.status_code, refused.json()["errors"]) == (
        409,
        [{"field": "activity", "problem": "it is done", "fix": "name one that is still planned"}],
    )
    assert (await sam.patch(path, json={"starts_at": "2030-12-09T10:00:00Z"})).status_code == 200
    assert (await planned(sam), await due(company)) == ([], {})


async def test_who_has_one_who_made_one_and_an_admin_may_cancel_it(company: Company) -> None:
    sam, nils, mia, ada = [await company.sign_in(one) for one in ("sam", "nils", "mia", "ada")]
    reads = await company.sign_in("nils", scope={"actions": ["read"]})
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for n, client in enumerate((nils, sam, ada)):
        made = (await sam.post("/v1/reminders", json={"text": f"Pay {n}", "at": at, "people": ["nils"]})).json()
        assert [id_ for id_, _ in await planned(nils)] == [made["id"]]
        assert await planned(sam) == []
        assert (await mia.delete(f"/v1/reminders/{made['id']}")).status_code == 404
        assert (await reads.delete(f"/v1/reminders/{made['id']}")).status_code == 403
        assert (await client.delete(f"/v1/reminders/{made['id']}")).status_code == 204
        assert await planned(nils) == []
    assert (await ada.delete(f"/v1/reminders/{UUID(int=1)}")).status_code == 404


async def test_a_lead_in_working_time_is_refused_where_hardly_anybody_works(company: Company, call: Json) -> None:
    sam, ann = await company.sign_in("sam"), company.crm.ann
    kept = await reminded(sam, call, "200 working hours")
    assert kept["at"] == "2030-10-30T17:00:00Z"
    far = await sam.post("/v1/reminders", json={"activity": call["id"], "lead": "36500 working days"})
    assert (far.status_code, far.json()["errors"][0]["field"]) == (422, "lead")
    assert (await ann.put("/v1/config/calendar/portal", json=HARDLY)).status_code == 200
    body = {"item": call["item"], "kind": "call", "subject": "Call", "starts_at": "2030-12-02T10:00:00Z"}
    made = await sam.post("/v1/activities", json={**body, "remind": "200 working hours"})
    assert (made.status_code, made.json()["errors"][0]["field"]) == (422, "remind")
    moved = await sam.patch(f"/v1/activities/{call['id']}", json={"starts_at": "2030-12-09T10:00:00Z"})
    assert (moved.status_code, moved.json()["errors"][0]["field"]) == (422, "starts_at")
    assert await planned(sam) == [(kept["id"], "2030-10-30T17:00:00Z")]
