"""Rules applied to what stands in their stage: tried out with counts, told item by item, stopped and resumed."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.testing import eventually, running_tasks
from contracts import topics
from contracts.executions import ExecutionRow
from contracts.ids import rule_id
from contracts.items import ItemRulesApplied
from contracts.rules import RuleSetRef
from crm_api.background.working import JOBS, Working
from crm_api.rules import applying
from crm_api.store import timeline as stored_timeline

Json = dict[str, Any]
CALL = {"create-task": {"to": "responsible", "title": "Call"}}
RULES = [
    {"key": "call", "do": CALL},
    {"key": "later", "do": CALL, "timing": {"after": "2 days"}},
    {"key": "due", "do": CALL, "timing": {"before": "item.payment_due", "by": "1 day"}},
    {"key": "next", "do": CALL, "timing": {"after_previous": "1 hour"}},
]
STAGES = [{"key": "new"}, {"key": "documents"}, {"key": "paid", "kind": "success"}, {"key": "lost", "kind": "failure"}]
APPLY = "/v1/pipelines/deal/retail/stages/documents/apply"


class Shelf:
    """Deals that stand in a stage for which rules are published after they came."""

    def __init__(self, crm: Any) -> None:
        self.crm = crm

    async def published(self) -> None:
        stages = [{**stage, "rules": RULES} if stage["key"] == "documents" else stage for stage in STAGES]
        answer = await self.crm.ann.put("/v1/pipelines/deal/retail", json={"owner": "ann", "stages": stages})
        assert answer.status_code == 200, answer.text

    async def preview(self, **body: Any) -> Json:
        found: Json = await self.crm.made(f"{APPLY}/preview", **body)
        return found

    async def apply(self, **body: Any) -> str:
        answer = await self.crm.ann.post(APPLY, json=body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job"])

    async def job(self, job: str, state: str = "done") -> Json:
        async def look() -> Json | None:
            found: Json = (await self.crm.ann.get(f"/v1/jobs/{job}")).json()
            return found if found["state"] == state else None

        return await eventually(look)

    async def told(self) -> list[ItemRulesApplied]:
        async def carried() -> bool:
            return bool((await self.crm.fetch("SELECT count(*) AS n FROM outbox"))[0]["n"] == 0)

        await eventually(carried)
        found: list[ItemRulesApplied] = await self.crm.deployment.data(topics.ITEMS, ItemRulesApplied)
        return found


@pytest.fixture
async def shelf(started: Callable[..., Awaitable[Any]]) -> Shelf:
    return Shelf(await started())


@pytest.fixture
async def working(shelf: Shelf) -> Any:
    async with running_tasks(Working(shelf.crm.process, JOBS).run):
        yield


async def planned(crm: Any, deal: Json, rule: str) -> None:
    """Let the timeline know that an item has met a rule."""
    row = ExecutionRow(
        id=uuid4(),
        version=1,
        item=UUID(deal["id"]),
        activation=deal["activation"],
        rule=rule_id("deal/retail", "documents", rule),
        rule_key=rule,
        rule_set=RuleSetRef(pipeline="deal/retail", number=2),
        stage="documents",
        action="create-task",
        state="waiting",
        planned_at=datetime.fromisoformat(deal["entered_at"]),
    )
    async with crm.process.database.transaction() as tx:
        await stored_timeline.keep(tx, [row])


async def test_a_preview_counts_what_each_rule_would_do_and_keeps_nothing(shelf: Shelf) -> None:
    crm = shelf.crm
    deals = [await crm.deal(stage="documents", title=f"{n}") for n in range(4)]
    await crm.deal(stage="new")
    await crm.ann.patch(f"/v1/items/{deals[0]['id']}", json={"fields": {"payment_due": "2020-01-01"}})
    await crm.ann.patch(f"/v1/items/{deals[1]['id']}", json={"fields": {"payment_due": "2199-01-01"}})
    await crm.fetch("UPDATE item SET entered_at = entered_at - interval '3 days' WHERE id = $1", UUID(deals[2]["id"]))
    await shelf.published()
    await planned(crm, deals[3], "call")
    await planned(crm, deals[3], "gone")
    seen = await shelf.preview()
    assert (seen["items"], seen["all"], seen["last_due_at"]) == (4, True, "2198-12-31T00:00:00Z")
    assert seen["by_rule"] == {
        "call": {"at_once": 3, "already": 1},
        "later": {"at_once": 1, "waiting": 3},
        "due": {"skipped": 1, "waiting": 1, "waiting_for_date": 2},
        "next": {"waiting_for_previous": 3, "blocked": 1},
    }
    assert seen["outcomes"] == dict(sum((Counter(one) for one in seen["by_rule"].values()), Counter()))
    from_now = await shelf.preview(rules=["later"], counts_from="now")
    assert from_now["outcomes"] == {"waiting": 4}
    some = await shelf.preview(rules=["call"], all=[{"field": "title", "equals": "1"}])
    assert (some["items"], some["outcomes"]) == (1, {"at_once": 1})
    assert await shelf.told() == []


@pytest.mark.usefixtures("working")
async def test_each_item_that_stands_there_is_told_of_once_with_the_rules_that_are_meant(shelf: Shelf) -> None:
    crm = shelf.crm
    contact = await crm.made("/v1/items", type="contact", title="Ana")
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    deal = await crm.deal(stage="documents", title="oak", links=[link])
    await crm.deal(stage="documents", title="ash")
    await crm.deal(stage="new", title="oak")
    await shelf.published()
    body = {"rules": ["later"], "all": [{"field": "title", "contains": "oak"}], "counts_from": "now"}
    job = await shelf.apply(**body)
    assert (await shelf.job(job))["counts"] == {"applied": 1, "left": 0}
    [told] = await shelf.told()
    assert (str(told.item.id), told.item.version, str(told.job)) == (deal["id"], 1, job)
    assert [one.title for one in told.linked] == ["Ana"]
    assert told.rules == (rule_id("deal/retail", "documents", "later"),)
    assert told.rule_set == RuleSetRef(pipeline="deal/retail", number=2)
    assert told.counts_from is not None
    assert told.counts_from > datetime.fromisoformat(deal["entered_at"])
    [entry] = await crm.fetch("SELECT body FROM journal WHERE kind = $1", ItemRulesApplied.TYPE)
    assert entry["body"]["persons"] == [contact["id"]]
    assert await crm.fetch("SELECT kind FROM timeline WHERE item = $1 AND kind <> 'created'", UUID(deal["id"])) == []


@pytest.mark.usefixtures("working")
async def test_items_are_spaced_and_a_job_that_was_stopped_goes_on_where_it_ended(shelf: Shelf) -> None:
    deals = [await shelf.crm.deal(stage="documents") for _ in range(6)]
    await shelf.published()
    # One item each 500 s: the second waits until somebody stops and resumes the job.
    job = await shelf.apply(per_second=0.002)

    async def first() -> bool:
        return len(await shelf.told()) == 1

    await eventually(first)
    # Who resumes what goes on does not hurry it.
    await shelf.crm.made(f"/v1/jobs/{job}/resume")
    [timer] = await shelf.crm.fetch("SELECT due_at - signalbox_now() AS wait FROM timer WHERE lane = 'jobs'")
    assert timer["wait"] > timedelta(seconds=400)
    await shelf.crm.made(f"/v1/jobs/{job}/cancel")
    stopped = await shelf.job(job, "cancelled")
    assert stopped["counts"] == {"applied": 1, "left": 0}
    [timer] = await shelf.crm.fetch("SELECT due_at - signalbox_now() AS wait FROM timer WHERE lane = 'jobs'")
    assert timedelta(seconds=400) < timer["wait"] <= timedelta(seconds=500)
    await shelf.crm.fetch("UPDATE job SET params = params || '{\"per_second\": null}'")
    await shelf.crm.made(f"/v1/jobs/{job}/resume")
    assert (await shelf.job(job))["counts"] == {"applied": 6, "left": 0}
    assert sorted(str(one.item.id) for one in await shelf.told()) == sorted(deal["id"] for deal in deals)


async def test_a_process_that_dies_in_the_middle_leaves_out_none_and_tells_of_none_twice(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    deals = [await shelf.crm.deal(stage="documents") for _ in range(9)]
    await shelf.published()
    monkeypatch.setattr(applying, "CHUNK", 2)
    reached, tell = asyncio.Event(), applying.tell

    async def stuck(chunk: Any, *args: Any) -> int:
        count = await tell(chunk, *args)
        if chunk.job.done >= 4 and not reached.is_set():
            await chunk.tx.finish()
            reached.set()
            await asyncio.Event().wait()
        return count

    monkeypatch.setattr(applying, "tell", stuck)
    job = await shelf.apply()
    dying = asyncio.create_task(Working(shelf.crm.process, JOBS).run(asyncio.Event()))
    await asyncio.wait_for(reached.wait(), 60)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    async with running_tasks(Working(shelf.crm.process, JOBS).run):
        assert (await shelf.job(job))["counts"] == {"applied": 9, "left": 0}
    assert sorted(str(one.item.id) for one in await shelf.told()) == sorted(deal["id"] for deal in deals)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"rules": ["moon"]}, "rules.0"),
        ({"all": [{"field": "moon", "equals": 1}]}, "all.0.field"),
        ({"per_second": 0}, "per_second"),
        ({"counts_from": "then"}, "counts_from"),
    ],
)
async def test_what_there_is_not_is_refused_by_name(shelf: Shelf, body: Json, field: str) -> None:
    await shelf.published()
    for path in (APPLY, f"{APPLY}/preview"):
        answer = await shelf.crm.ann.post(path, json=body)
        assert answer.status_code == 422, answer.text
        assert field in answer.text
    assert (await shelf.crm.ann.post(APPLY.replace("documents", "moon"), json={})).status_code == 422
    assert (await shelf.crm.ann.post(APPLY.replace("retail", "moon"), json={})).status_code == 404


@pytest.mark.usefixtures("working")
async def test_what_moved_or_was_deleted_since_it_was_found_is_left_alone(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    deals = [await shelf.crm.deal(stage="documents") for _ in range(3)]
    await shelf.published()
    tell = applying.tell

    async def late(chunk: Any, asked: Any, ids: Any) -> int:
        await shelf.crm.made(f"/v1/items/{ids[0]}/move", stage="new")
        assert (await shelf.crm.ann.delete(f"/v1/items/{ids[1]}")).status_code == 204
        return await tell(chunk, asked, ids)

    monkeypatch.setattr(applying, "tell", late)
    job = await shelf.apply()
    assert (await shelf.job(job))["counts"] == {"applied": 1, "left": 2}
    assert [str(one.item.id) for one in await shelf.told()] == [deals[2]["id"]]
