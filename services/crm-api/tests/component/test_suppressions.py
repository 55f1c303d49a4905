"""The list of addresses that are written to no more, over HTTP: read as the workers tell it, changed through them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.ids import new_id
from chassis.outbox import About
from chassis.testing import eventually
from contracts import topics
from contracts.actions import SetSuppression
from contracts.envelope import Cause
from contracts.suppressions import STOPPED, SuppressionChanged, SuppressionKind, Way, fingerprint

PHONE = "+351912345678"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
async def crm(started: Callable[..., Awaitable[Any]]) -> Any:
    return await started("timeline")


def told(way: Way, address: str, kind: SuppressionKind = "stop", minute: int = 0, **more: Any) -> SuppressionChanged:
    known: dict[str, Any] = {"suppressed": True, "reason": STOPPED, "since": AT + timedelta(minutes=minute)}
    return SuppressionChanged(address=fingerprint(way, address), way=way, kind=kind, **known | more)


async def tell(crm: Any, *news: SuppressionChanged) -> None:
    outbox, about = crm.process.outbox, About(AT, Cause(new_id(), new_id()))
    await crm.deployment.send(*(outbox.message(topics.SUPPRESSIONS, one.address, one, about) for one in news))


async def ask(crm: Any, path: str = "", **params: Any) -> dict[str, Any]:
    answer = await crm.ann.get(f"/v1/suppressions{path}", params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def listed(crm: Any, count: int) -> list[dict[str, Any]]:
    async def look() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = (await ask(crm))["suppressions"]
        return found if len(found) == count else None

    return list(await eventually(look)) if count else []


async def test_an_admin_reads_whether_since_when_and_why_by_the_address_in_any_form(crm: Any) -> None:
    bounce = told("email", "ana@example.com", "report", 1, reason="hard bounce")
    await tell(crm, told("phone", PHONE), bounce)
    await listed(crm, 2)
    known = await ask(crm, "/phone/912 345 678")
    assert known == {
        "way": "phone",
        "address": PHONE,
        "suppressed": True,
        "kind": "stop",
        "reason": STOPPED,
        "since": "2026-03-02T09:30:00Z",
    }
    assert (await ask(crm, "/email/ANA@Example.com"))["reason"] == "hard bounce"
    free = await ask(crm, "/email/rita@example.com")
    assert (free["suppressed"], free["kind"], free["since"]) == (False, None, None)
    await tell(crm, told("phone", PHONE, suppressed=False))
    assert [one["kind"] for one in await listed(crm, 1)] == ["report"]
    assert (await ask(crm, f"/phone/{PHONE}"))["suppressed"] is False


async def test_the_list_is_paged_newest_first_by_kind_and_way_and_has_no_addresses(crm: Any) -> None:
    await tell(crm, *(told("phone", f"+35191234567{n}", minute=n // 2) for n in range(5)))
    await tell(crm, told("email", "ana@example.com", "person", 9, reason="user:ann: asked us to"))
    everything = await listed(crm, 6)
    assert [one["since"] for one in everything] == sorted((one["since"] for one in everything), reverse=True)
    assert "+3519" not in str(everything)
    assert "ana@" not in str(everything)
    pages: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = await ask(crm, limit=2, after=after)
        pages += page["suppressions"]
        after = page["next"]
    assert pages == everything
    assert len((await ask(crm, kind="stop"))["suppressions"]) == 5
    [ours] = (await ask(crm, way="email", kind="person"))["suppressions"]
    assert (ours["address"], ours["reason"]) == (fingerprint("email", "ana@example.com"), "user:ann: asked us to")
    for wrong in ("yesterday", "2026-03-02T25:00~x", "~"):
        answer = await crm.ann.get("/v1/suppressions", params={"after": wrong})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "after")


async def test_adding_and_lifting_go_to_the_workers_and_into_the_audit_log_with_the_reason(crm: Any) -> None:
    await crm.deployment.topics(topics.ACTIONS["sms"])
    body = {"suppressed": True, "reason": "asked us on the phone"}
    answer = await crm.ann.put("/v1/suppressions/phone/912345678", json=body)
    assert (answer.status_code, answer.json()["address"]) == (202, PHONE)
    [word] = await eventually(lambda: crm.deployment.data(topics.ACTIONS["sms"], SetSuppression))
    assert (word.address, word.suppressed, word.reason, word.kind) == (PHONE, True, body["reason"], "person")
    acts = (await crm.ann.get("/v1/audit", params={"subject": "suppression/phone"})).json()["acts"]
    assert acts[0]["detail"]["reason"] == body["reason"]
    assert acts[0]["detail"]["address"] == fingerprint("phone", PHONE)
    assert PHONE not in str(acts)
