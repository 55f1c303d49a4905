"""Everything is told once more on an operator's word, slowly, and on from where it was broken off."""

from argparse import Namespace
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from chassis.testing import Deployment, eventually
from contracts import topics
from contracts.config import ConfigChanged
from contracts.items import ItemSnapshot
from crm_api.background.jobs import Chunk
from crm_api.background.working import start
from crm_api.errands import OPERATOR, announce, bring_back
from crm_api.recovery import announcing
from crm_api.store import jobs as stored_jobs

SINCE = datetime(2026, 3, 2, tzinfo=UTC)


def told(**more: Any) -> Namespace:
    return Namespace(**{"type": [], "since": None, "config": False, **more})


async def snapshots(deployment: Deployment) -> dict[str, ItemSnapshot]:
    return {str(one.item.id): one for one in await deployment.data(topics.ITEMS, ItemSnapshot)}


async def carried(crm: Any) -> None:
    async def empty() -> bool:
        return not await crm.fetch("SELECT seq FROM outbox LIMIT 1")

    await eventually(empty)


async def test_items_are_told_as_they_stand_with_what_they_link_to_deleted_ones_too(crm: Any) -> None:
    contact = await crm.made("/v1/items", type="contact", title="Ana")
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    deal, gone = await crm.deal(title="Oak", links=[link]), await crm.deal()
    assert (await crm.ann.delete(f"/v1/items/{gone['id']}")).status_code == 204
    assert await announce(crm.process.settings, told(since=SINCE)) == "told: 3 items"
    found = await snapshots(crm.deployment)
    assert found.keys() == {contact["id"], deal["id"], gone["id"]}
    snapshot = found[deal["id"]]
    assert snapshot.item.model_dump(mode="json") == deal
    assert [str(one.id) for one in snapshot.linked] == [contact["id"]]
    assert (snapshot.since, snapshot.rule_set and snapshot.rule_set.number) == (SINCE, 1)
    assert found[gone["id"]].item.deleted
    [seen] = [one for one in await crm.deployment.seen(topics.ITEMS) if one.data == snapshot]
    assert seen.envelope is not None
    assert [str(one) for one in seen.envelope.persons] == [contact["id"]]


async def test_only_a_type_is_told_and_the_config_where_it_is_wanted(crm: Any) -> None:
    await crm.made("/v1/items", type="contact", title="Ana")
    await crm.deal()
    await carried(crm)
    before = len(await crm.deployment.data(topics.CONFIG, ConfigChanged))
    [config] = await crm.fetch("SELECT count(*) AS n FROM config")
    answer = await announce(crm.process.settings, told(type=["deal"], config=True))
    assert answer == f"told: {config['n']} config, 1 items"
    again = (await crm.deployment.data(topics.CONFIG, ConfigChanged))[before:]
    rows = await crm.fetch("SELECT kind, id, revision FROM config ORDER BY revision")
    assert [(one.kind, one.id, one.revision) for one in again] == [(r["kind"], r["id"], r["revision"]) for r in rows]


async def test_a_broken_off_announcement_goes_on_behind_the_last_item_that_was_told(
    crm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deals = [await crm.deal() for _ in range(5)]
    monkeypatch.setattr(announcing, "CHUNK", 2)
    process = crm.process
    async with process.database.transaction() as tx:
        job = await start(tx, announcing.KIND, announcing.as_params([], None, config=False), OPERATOR)
        chunk = Chunk(tx, await process.config.view(tx), process.outbox, job, {})
        await stored_jobs.advance(tx, job, await announcing.work(chunk), await tx.now())
    assert await announce(process.settings, told()) == "told: 5 items"
    seen = await crm.deployment.data(topics.ITEMS, ItemSnapshot)
    assert sorted(str(one.item.id) for one in seen) == sorted(deal["id"] for deal in deals)


async def test_a_record_that_is_whole_recovers_nothing(
    started: Callable[..., Awaitable[Any]],
) -> None:
    crm = await started()
    await crm.deal()
    await carried(crm)
    answer = await bring_back(crm.process.settings, told())
    assert answer == "0 items, 0 config records and 0 messages are back"
