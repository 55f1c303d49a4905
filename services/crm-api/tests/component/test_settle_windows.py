"""Triggers that wait until their item is quiet: gathered on the truth, decided once, whoever crashes or repeats."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from automation.knowledge import Knowledge
from chassis.process import opened
from chassis.testing import eventually, running
from contracts.items import ItemStageChanged
from contracts.signals import Signal
from crm_api.main import SERVICE, wire
from crm_api.testing.shop import SIGNAL_STAGES, Shop, fit, second_consumer, signal

# The shared databases have the real clock.
REHEARSED: dict[Any, Any] = {}
# Long, beside which the time that a test itself takes is little.
SETTLE = {"quiet": "30 minutes", "at_most": "5 hours"}
TALK = {"key": "talk", "on": "chat.message", "settle": SETTLE}
WORDY = {**TALK, "key": "wordy", "when": {"field": "signals.joined.text", "contains": "table"}}
STAGES = [
    SIGNAL_STAGES[0],
    {"key": "documents", "triggers": [WORDY]},
    {"key": "paid", "kind": "success", "triggers": [{**TALK, "allow_backward": True}]},
    {"key": "lost", "kind": "failure"},
]
TALKS, WORDS = fit("paid", "talk"), fit("documents", "wordy")


async def furnished(started: Callable[..., Awaitable[Any]], deployment: Any, *roles: str) -> Shop:
    """Give a shop in a rehearsal, whose clock a test moves."""
    deployment.rehearsal = True
    deployment.templates = REHEARSED
    crm = await started(*roles)
    assert (await crm.ann.put("/v1/pipelines/deal/retail", json={"owner": "ann", "stages": STAGES})).is_success
    [row] = await crm.fetch("SELECT max(revision) AS revision FROM config")
    return Shop(crm, row["revision"])


@pytest.fixture
async def shop(started: Callable[..., Awaitable[Any]], deployment: Any) -> Shop:
    return await furnished(started, deployment, "consume")


@asynccontextmanager
async def consumer(shop: Shop) -> AsyncIterator[None]:
    """Run another process that consumes, and end it."""
    settings = shop.crm.process.settings.model_copy(update={"port": 0})
    async with opened(SERVICE, settings, Knowledge.grown) as process:
        wire(process, ("consume",))
        async with running(process):
            yield


def message(deal: dict[str, Any], text: str = "hello", **more: Any) -> Signal:
    return signal("chat.message", binding=UUID(deal["id"]), payload={"text": text}, **more)


async def later(shop: Shop, minutes: int) -> None:
    """Put the clock so far ahead of the real one."""
    answer = await shop.crm.ann.put("/v1/config/clock/clock", json={"offset": f"PT{minutes}M"})
    assert answer.status_code == 200, answer.text


async def waiting(shop: Shop) -> list[Any]:
    rows = await shop.crm.fetch("SELECT jsonb_array_length(signals) AS count FROM settling ORDER BY 1")
    return [row["count"] for row in rows]


async def stages_entered(shop: Shop, deal: dict[str, Any]) -> list[str]:
    return [e.item.stage for e in await shop.events(deal["id"]) if isinstance(e, ItemStageChanged)]


async def test_a_burst_of_twenty_is_decided_once_with_all_of_them_on_two_replicas(shop: Shop) -> None:
    deal = await shop.crm.deal()
    burst = [message(deal, f"line {n}") for n in range(19)]
    burst.insert(7, message(deal, "an oak table"))
    async with second_consumer(shop):
        await shop.send(*(shop.message(shop.command(one, TALKS, WORDS), key=str(one.id)) for one in burst))
        await shop.decided(*burst)
        assert await waiting(shop) == [20, 20]
        assert len(await shop.lines(deal["id"], "settling")) == 2
        assert (await shop.item(deal["id"]))["stage"] == "new"
        await later(shop, 60)
        settled = await shop.eventually_lines(deal["id"], "settled", 2)
    assert {line["details"]["signals"] for line in settled} == {20}
    assert await stages_entered(shop, deal) == ["new", "documents"]
    [other] = await shop.lines(deal["id"], "not_chosen")
    assert (other["stage"], other["reason"]) == ("paid", "not_chosen")
    [moved] = await shop.lines(deal["id"], "moved")
    assert moved["words"].endswith("trigger wordy on chat.message, quiet after 20")
    [first, *_] = await shop.lines(deal["id"], "signal")
    assert first["words"] == "chat.message arrived and moved nothing: a trigger waits until it is quiet"
    assert await waiting(shop) == []


async def test_a_signal_prolongs_the_wait_and_its_repeat_does_not(shop: Shop) -> None:
    deal = await shop.crm.deal()
    first, second = message(deal, "one"), message(deal, "two")
    await shop.apply(first, TALKS)
    [begun] = await shop.crm.fetch("SELECT due_at FROM settling")
    repeat = shop.message(shop.command(first, TALKS))
    await shop.send(repeat)
    await shop.eventually_lines(deal["id"], "repeated", 1)
    assert await shop.crm.fetch("SELECT due_at FROM settling") == [begun]
    await shop.apply(second, TALKS)
    [prolonged] = await shop.crm.fetch("SELECT due_at, signals FROM settling")
    assert prolonged["due_at"] > begun["due_at"]
    assert [one["payload"]["text"] for one in prolonged["signals"]] == ["one", "two"]


async def test_who_never_stops_is_decided_on_at_the_longest_wait(shop: Shop) -> None:
    deal = await shop.crm.deal()
    for n in range(16):
        await later(shop, 20 * n)
        await shop.apply(message(deal, f"line {n}"), TALKS)
    # Whoever moves the clock changes the config, so that all triggers that fit are listed again.
    settled = await shop.eventually_lines(deal["id"], "settled", 2)
    assert sorted(line["details"]["trigger"] for line in settled) == ["talk", "wordy"]
    # Never were 30 minutes quiet; 5 hours are over before the sixteenth comes, or just as it does.
    assert {line["details"]["signals"] for line in settled} <= {15, 16}
    assert (await shop.item(deal["id"]))["stage"] == "paid"


async def test_what_was_gathered_outlives_the_process_that_gathered_it(
    started: Callable[..., Awaitable[Any]], deployment: Any
) -> None:
    shop = await furnished(started, deployment)
    deal = await shop.crm.deal()
    async with consumer(shop):
        await shop.apply(message(deal), TALKS)
    await later(shop, 31)
    assert await waiting(shop) == [1]
    async with consumer(shop):
        await shop.eventually_lines(deal["id"], "settled", 1)
    assert await stages_entered(shop, deal) == ["new", "paid"]


async def test_the_condition_decides_when_it_is_quiet_and_says_what_it_saw(shop: Shop) -> None:
    deal = await shop.crm.deal()
    await shop.apply(message(deal, "a chair"), WORDS)
    await later(shop, 31)
    [settled] = await shop.eventually_lines(deal["id"], "settled", 1)
    assert (
        settled["words"] == "it was quiet after 1 signal chat.message: trigger wordy to documents was weighed on them"
    )
    [why] = await shop.lines(deal["id"], "not_chosen")
    assert (why["reason"], (await shop.item(deal["id"]))["stage"]) == ("condition_false", "new")


async def test_a_trigger_that_is_gone_and_an_item_that_is_deleted_are_not_moved(shop: Shop) -> None:
    deal, deleted = await shop.crm.deal(), await shop.crm.deal()
    for one in (deal, deleted):
        await shop.apply(message(one), TALKS)
    assert (await shop.crm.ann.delete(f"/v1/items/{deleted['id']}")).is_success
    bare = [{"key": key} for key in ("new", "documents", "paid", "lost")]
    assert (await shop.crm.ann.put("/v1/pipelines/deal/retail", json={"owner": "ann", "stages": bare})).is_success
    await later(shop, 31)
    [gone] = await shop.eventually_lines(deal["id"], "settled", 1)
    assert "the trigger that waited for it is gone" in gone["words"]
    assert await eventually(lambda: none_waits(shop))
    assert await stages_entered(shop, deal) == ["new"]
    assert await shop.lines(deleted["id"], "settled") == []


async def none_waits(shop: Shop) -> bool:
    return not await waiting(shop) and not await shop.crm.fetch("SELECT id FROM timer WHERE lane = 'settling'")


async def test_a_window_is_written_read_compared_and_refused_in_words(shop: Shop) -> None:
    at = "/v1/pipelines/deal/retail"
    document = (await shop.crm.ann.get(at)).json()
    assert document["stages"][2]["triggers"][0]["settle"] == SETTLE
    wrong = [
        {"key": "new"},
        {"key": "paid", "triggers": [{**TALK, "settle": {"quiet": "1 hour", "at_most": "1 minute"}}]},
    ]
    refused = await shop.crm.ann.put(at, json={"owner": "ann", "stages": wrong})
    assert refused.status_code == 422
    [error] = refused.json()["errors"]
    assert (error["field"], "shorter than 1 hour" in error["problem"]) == ("stages.1.triggers.0.settle.at_most", True)


async def test_an_erased_client_is_waited_for_no_more(shop: Shop) -> None:
    contact = await shop.crm.made("/v1/items", type="contact", title="Ana", fields={"phone": "+351911111199"})
    deal = await shop.crm.deal(links=[{"role": "contact", "type": "contact", "id": contact["id"]}])
    await shop.apply(message(deal, "I am Ana"), TALKS)
    assert (await shop.crm.ann.post(f"/v1/items/{contact['id']}/erase")).is_success
    assert await waiting(shop) == []
