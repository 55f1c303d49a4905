"""Notices: said once by our services, read by whom they are for, the unread ones first."""

from typing import Any
from uuid import uuid4

from crm_api.testing.company import Company


async def told(crm: Any, person: str, text: str, **more: Any) -> dict[str, Any]:
    answer = await crm.worker.post("/v1/notices", json={"id": str(uuid4()), "person": person, "text": text, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def listed(client: Any, limit: int = 2) -> list[str]:
    """Read the whole list in parts."""
    texts: list[str] = []
    after: str | None = ""
    while after is not None:
        answer = await client.get("/v1/notices", params={"after": after, "limit": limit})
        assert answer.status_code == 200, answer.text
        texts += [one["text"] for one in answer.json()["notices"]]
        after = answer.json()["next"]
    return texts


async def test_a_notice_is_said_once_and_leads_to_its_item(company: Company) -> None:
    deal = await company.deal("sam")
    body = {"id": str(uuid4()), "person": "mia", "text": "Call them", "item": deal, "sender": "rule greet"}
    first, second = [await company.crm.worker.post("/v1/notices", json=body) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    [notice] = (await (await company.sign_in("mia")).get("/v1/notices")).json()["notices"]
    assert (notice["link"], notice["sender"], notice["read_at"]) == (f"/v1/items/{deal}", "rule greet", None)


async def test_unread_notices_come_first_and_each_person_reads_their_own(company: Company) -> None:
    crm = company.crm
    mia, sam = await company.sign_in("mia"), await company.sign_in("sam")
    made = [await told(crm, "mia", f"{n}") for n in range(5)]
    await told(crm, "sam", "Sam's")
    read = [(await mia.post(f"/v1/notices/{made[n]['id']}/read")).json()["read_at"] for n in (3, 0)]
    assert all(read)
    assert [await listed(mia, limit) for limit in (1, 2, 3, 100)] == [["4", "2", "1", "3", "0"]] * 4
    assert await listed(sam) == ["Sam's"]
    assert (await sam.post(f"/v1/notices/{made[1]['id']}/read")).status_code == 404
    assert (await mia.post(f"/v1/notices/{made[3]['id']}/read")).json()["read_at"] == read[0]


async def test_nobody_and_nothing_is_told_of(company: Company) -> None:
    crm = company.crm
    body = {"id": str(uuid4()), "person": "mia", "text": "x"}
    for more in ({"person": "nobody"}, {"text": ""}, {"item": "moon"}):
        answer = await crm.worker.post("/v1/notices", json={**body, **more})
        assert answer.status_code == 422, answer.text
    assert (await crm.worker.post("/v1/notices", json={**body, "item": str(uuid4())})).status_code == 404
    mia = await company.sign_in("mia")
    for after in ("moon", "read/moon", "unread", "read/2026-01-01"):
        assert (await mia.get("/v1/notices", params={"after": after})).status_code == 422
