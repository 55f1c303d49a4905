"""Rows for a platform that takes no fewer than a hundred at once: they wait, go together, and each has its outcome."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from action_workers.memberships import store, uploads
from action_workers.memberships.uploads import Uploads
from action_workers.testing import Desk
from chassis.ids import new_id
from chassis.testing import eventually, running_tasks
from contracts.actions import CancelAction, PerformAction, Recipient

ENOUGH = 100


@pytest.fixture
async def ads(open_desk: Callable[[str], Awaitable[Desk]], monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(uploads, "TOLD_EVERY", 0.0)
    return await open_desk("ad-audience")


def uploading(ads: Desk) -> Uploads:
    return Uploads(ads.database, ads.outbox, ads.config, ads.attempts)


def people(ads: Desk, count: int, first: int = 0, **more: Any) -> list[PerformAction]:
    """Give as many rules' actions, each for one contact."""
    contacts = [new_id() for _ in range(count)]
    return [
        ads.action(
            Recipient(whom=f"audience:55:{contact}", name="Ana", contact=contact),
            execution=new_id(),
            item=new_id(),
            action="add-to-audience",
            connection="yandex",
            params={"audience": "55", "email": f"ana{first + n}@example.com", **more},
        )
        for n, contact in enumerate(contacts)
    ]


@asynccontextmanager
async def working(ads: Desk) -> AsyncIterator[None]:
    async with running_tasks(ads.executor.run, uploading(ads).run):
        yield


async def all_are(ads: Desk, state: str, count: int) -> None:
    async def reached() -> bool:
        return await ads.states() == [state] * count

    async with working(ads):
        await eventually(reached)


async def test_rows_wait_until_there_are_enough_and_say_how_many_they_are(ads: Desk) -> None:
    await ads.take(*people(ads, 37))
    await all_are(ads, "buffered", 37)
    async with working(ads):

        async def counted() -> bool:
            rows = await ads.rows("SELECT DISTINCT reason FROM effect")
            return [row["reason"] for row in rows] == ["buffered 37/100"]

        await eventually(counted)
    assert {(o.state, o.reason) for o in await ads.latest()} == {("buffered", "buffered 37/100")}
    assert not ads.sim.yandex.accepted
    await ads.take(*people(ads, 63, first=37))
    await all_are(ads, "sent", ENOUGH)
    [upload] = ads.sim.yandex.accepted
    assert (upload.segment_id, upload.change, upload.columns) == ("55", "add", ["email", "phone"])
    assert len({row[0] for row in upload.rows}) == ENOUGH
    assert len(await ads.rows("SELECT FROM audience_member")) == ENOUGH


@pytest.mark.parametrize(
    ("fault", "detail"),
    [("status", {"code": 503}), ("status", {"code": 429, "retry_after": 0}), ("cut_before", {}), ("cut_after", {})],
)
async def test_an_upload_in_trouble_is_made_again_and_an_audience_is_a_set(
    ads: Desk, fault: Any, detail: dict[str, Any]
) -> None:
    ads.sim.fail("yandex", fault, **detail)
    await ads.take(*people(ads, ENOUGH))
    await all_are(ads, "sent", ENOUGH)
    uploaded = [{row[0] for row in change.rows} for change in ads.sim.yandex.accepted]
    assert len(uploaded) == (2 if fault == "cut_after" else 1)
    assert all(rows == uploaded[0] for rows in uploaded)


async def test_wrong_credentials_fail_for_each_in_words(ads: Desk) -> None:
    await ads.reconnect("yandex", access_token="wrong")
    await ads.take(*people(ads, ENOUGH))
    await all_are(ads, "failed", ENOUGH)
    assert {"authorise it again" in o.reason for o in await ads.latest()} == {True}


async def test_a_segment_that_does_not_exist_fails_for_each_in_words(ads: Desk) -> None:
    await ads.take(*people(ads, ENOUGH, audience="404"))
    await all_are(ads, "failed", ENOUGH)
    assert {"Yandex has no audience '404'" in o.reason for o in await ads.latest()} == {True}


async def test_a_worker_that_dies_after_the_upload_was_taken_loses_and_doubles_nothing(ads: Desk) -> None:
    await ads.take(*people(ads, ENOUGH))
    await all_are_buffered(ads)
    dying = uploading(ads)
    [buffer] = await _buffers(ads)
    upload = await dying._claim(buffer)
    assert upload is not None
    await dying.make(upload)
    assert set(await ads.states()) == {"claimed"}
    await ads.end_claims()
    await ads.stale.turn()
    await all_are(ads, "sent", ENOUGH)
    one, two = ads.sim.yandex.accepted
    assert {tuple(row) for row in one.rows} == {tuple(row) for row in two.rows}


async def _buffers(ads: Desk) -> list[store.Buffer]:
    async with ads.database.transaction() as tx:
        return await store.buffers(tx)


async def all_are_buffered(ads: Desk) -> None:
    async def reached() -> bool:
        return await ads.states() == ["buffered"] * ENOUGH

    async with running_tasks(ads.executor.run):
        await eventually(reached)


async def test_who_is_cancelled_while_waiting_does_not_go(ads: Desk) -> None:
    first, *others = people(ads, ENOUGH)
    await ads.take(first)
    await all_are(ads, "buffered", 1)
    await ads.take(CancelAction(execution=first.execution, item=first.item, reason="left the stage"), *others)

    async def reached() -> bool:
        return sorted(await ads.states()) == ["buffered"] * 99 + ["cancelled"]

    async with working(ads):
        await eventually(reached)
    assert not ads.sim.yandex.accepted


async def test_rows_that_wait_too_long_fail_in_words(ads: Desk) -> None:
    await ads.reconnect("yandex", longest_wait=1)
    await ads.take(*people(ads, 2), at=datetime.now(UTC) - timedelta(hours=2))
    await all_are(ads, "failed", 2)
    (reason,) = {o.reason for o in await ads.latest()}
    assert reason == "only 2 of 100 rows came together within 1 hours; Yandex takes no fewer at once"


async def test_two_audiences_do_not_wait_for_one_another_nor_go_together(ads: Desk) -> None:
    await ads.take(*people(ads, 60), *people(ads, 60, first=60, audience="56"))
    await all_are(ads, "buffered", 120)
    assert len(await _buffers(ads)) == 2
    assert not ads.sim.yandex.accepted


async def test_somebody_without_usable_identifiers_does_not_count(ads: Desk) -> None:
    await ads.take(*people(ads, 1, email="nobody"))
    await all_are(ads, "failed", 1)


async def test_nothing_is_uploaded_to_an_account_that_is_closed(ads: Desk) -> None:
    await ads.take(*people(ads, ENOUGH))
    async with running_tasks(ads.executor.run):
        await eventually(lambda: gathered(ads))
    closed = "INSERT INTO account (account, busy_until) VALUES ('yandex/yandex', signalbox_now() + interval '1 hour')"
    await ads.rows(f"{closed} RETURNING account")
    assert await uploading(ads).turn() == 0
    await ads.rows("UPDATE account SET busy_until = NULL RETURNING account")
    assert (await uploading(ads).turn(), len(ads.sim.yandex.accepted)) == (1, 1)


async def gathered(ads: Desk) -> bool:
    return await ads.states() == ["buffered"] * ENOUGH
