"""Where the work of people stands: told to those who lead them, and to nobody else."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from crm_api.testing.company import Company

Json = dict[str, Any]


async def report(client: Any, **more: Any) -> dict[str, Json]:
    answer = await client.get("/v1/reports/employees", params=more)
    assert answer.status_code == 200, answer.text
    return {one["person"]: one for one in answer.json()["employees"]}


async def lead(company: Company, person: str, **more: Any) -> None:
    """Change a record of a person or department."""
    path = f"/v1/config/{'department' if 'head' in more else 'person'}/{person}"
    known = (await company.crm.ann.get(path)).json()["data"]
    record = {key: value for key, value in {**known, **more}.items() if key != "id"}
    answer = await company.crm.ann.put(path, json=record)
    assert answer.status_code == 200, answer.text


async def ages(company: Company, item: str, hours: int) -> None:
    await company.crm.fetch(
        "UPDATE item SET entered_at = entered_at - make_interval(hours => $2) WHERE id = $1", UUID(item), hours
    )


async def task(company: Company, item: str, person: str, deadline: timedelta) -> None:
    due = (datetime.now(UTC) + deadline).isoformat()
    body = {"id": str(uuid4()), "item": item, "title": "Call", "assignee": person, "deadline": due}
    assert (await company.crm.worker.post("/v1/tasks", json=body)).status_code == 201


@pytest.mark.req("D4")
async def test_items_are_counted_by_how_long_they_stay_and_tasks_by_whether_they_are_late(company: Company) -> None:
    old, young = await company.deal("sam"), await company.deal("sam")
    await company.deal("sam", stage="paid")
    deleted = await company.deal("sam")
    assert (await company.crm.ann.delete(f"/v1/items/{deleted}")).is_success
    await company.deal("olaf")
    await ages(company, old, 100)
    await ages(company, young, 50)
    await task(company, old, "sam", timedelta(hours=-1))
    await task(company, young, "sam", timedelta(hours=1))
    found = await report(company.crm.ann)
    sams = found["sam"]
    assert (sams["items"], sams["overstayed"], sams["longest_item"], sams["department"]) == (2, 1, old, "shop")
    assert (sams["tasks"], sams["late"]) == (2, 1)
    assert round(sams["longest"] / 3600) == 100
    assert round(sams["average"] / 3600) == 75
    assert (found["olaf"]["items"], found["olaf"]["overstayed"], found["nils"]["items"]) == (1, 0, 0)
    assert next(iter(found)) == "sam"
    assert (await report(company.crm.ann, stay=40))["sam"]["overstayed"] == 2


@pytest.mark.req("D4")
async def test_people_are_reported_to_those_who_lead_them_and_to_nobody_else(company: Company) -> None:
    await company.deal("sam")
    await company.deal("olaf")
    hana, sam = await company.sign_in("hana"), await company.sign_in("sam")
    assert set(await report(sam)) == {"sam"}
    assert set(await report(hana)) == {"hana"}
    await lead(company, "sales", head="hana")
    await lead(company, "ivo", supervisor="sam")
    found = await report(hana)
    assert set(found) == {"hana", "sam", "ivo"}
    assert found["sam"]["items"] == 1
    assert set(await report(sam)) == {"sam", "ivo"}
    await lead(company, "olaf", supervisor="hana")
    # Olaf is led by Hana, but she may not read what is his.
    assert (await report(hana))["olaf"]["items"] == 0
    assert {"ada", "mia", "olaf", "sam"} < set(await report(await company.sign_in("ada")))
    assert (await sam.get("/v1/reports/employees", params={"stay": -1})).status_code == 422
