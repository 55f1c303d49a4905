"""Every role is killed in the middle of the story: the same effects, never twice, nothing lost unseen."""

import asyncio
from collections import Counter
from functools import partial
from types import TracebackType
from typing import Any, Self

import httpx
import pytest
from stack import Running

from deploy.demo.story import Story
from deploy.local.clients import Refused
from tests.integration.supervisor import LONG, Supervisor
from tests.integration.world import World

Json = dict[str, Any]
GREETING, NUDGE = "30 minutes", "right now"
EVERY, MOST = 1.5, 30
pytestmark = pytest.mark.timeout(2400)


class Crowd:
    """Clients that keep coming while something is killed, each taken through the first two stages."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stories: list[Story] = []
        self._leaving = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Let clients begin to come."""
        self._clients = asyncio.TaskGroup()
        await self._clients.__aenter__()
        self._clients.create_task(self._come())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let nobody else come, and wait for those who are there."""
        self._leaving.set()
        await self._clients.__aexit__(kind, error, trace)

    async def _come(self) -> None:
        while not self._leaving.is_set() and len(self.stories) < MOST:
            story = self.world.story(within=LONG)
            self.stories.append(story)
            self._clients.create_task(self._go(story))
            await asyncio.sleep(EVERY)

    async def _go(self, story: Story) -> None:
        form = {
            "name": "Ana Reis",
            "phone": story.phone,
            "email": story.email,
            "wish": "Oak table",
            "budget": "900",
            "submission": story.phone,
        }
        await self.world.until(lambda: self._posted(form), within=LONG)
        deal = await self.world.until(story.newest_deal, within=LONG)
        story.deal = deal["id"]
        await self.world.rule_is(story.deal, "nudge", "succeeded", "uncertain", within=LONG)
        await self.world.until(lambda: self.world.installation.crm.move(story.deal, "documents"), within=LONG)
        await self.world.rule_is(story.deal, "mail", "succeeded", "uncertain", "waiting_for_previous", within=LONG)

    async def _posted(self, form: dict[str, str]) -> bool:
        answer = await self.world.installation.gateway.submit("site", self.world.shop.site_token, form)
        return answer.is_success


async def confirm(world: World, row: Json, effect: Json) -> None:
    """Say what became of an uncertain effect, after looking at what the provider accepted."""
    sms = await accepted(world, "twilio")
    sent = any(effect["id"] in (one["status_callback"] or "") for one in sms)
    mails = await accepted(world, "smtp")
    sent = sent or any(effect["id"] in (mail["message_id"] or "") for mail in mails)
    body = {"execution": row["id"], "sent": sent}
    try:
        await world.installation.crm.ask("POST", f"/v1/effects/{effect['id']}/confirm", json=body)
    except Refused as refused:
        # The provider's own report may have come first.
        if refused.answer.status_code != httpx.codes.CONFLICT:
            raise


async def all_settled(world: World, stories: list[Story]) -> None:
    """Wait until each rule that should act says what became of it; what is uncertain is settled as life does it.

    Twilio reports what it accepted, and a person says the rest, once.
    """
    await world.installation.simulators.call_back(status="delivered")
    told: set[str] = set()

    async def settled(story: Story, key: str) -> bool:
        row = (await world.rules(story.deal)).get(key, {"state": "", "effects": ()})
        for effect in row["effects"]:
            if effect["state"] == "uncertain" and effect["id"] not in told:
                await confirm(world, row, effect)
                told.add(effect["id"])
        return row["state"] in {"succeeded", "failed", "blocked"}

    for story in stories:
        for key in ("greet", "nudge", "contract", "mail"):
            await world.until(partial(settled, story, key), within=LONG, otherwise=partial(world.rules, story.deal))


async def nothing_twice(world: World, stories: list[Story]) -> None:
    """Check each effect's count at the far end against what its row says: done once, or failed and not done."""
    sms = Counter((s["to"], GREETING if GREETING in s["body"] else NUDGE) for s in await accepted(world, "twilio"))
    mails = Counter(mail["recipients"][0] for mail in await accepted(world, "smtp"))
    for story in stories:
        rules = await world.rules(story.deal)
        counts = {"greet": sms[story.phone, GREETING], "nudge": sms[story.phone, NUDGE], "mail": mails[story.email]}
        for key, count in counts.items():
            assert count == (1 if rules[key]["state"] == "succeeded" else 0), (story.phone, count, rules[key])
        assert rules["tomorrow"]["state"] == "cancelled"


async def accepted(world: World, provider: str) -> list[Json]:
    """Give what a provider accepted."""
    return await world.installation.simulators.accepted(provider)


async def one_deal_each(world: World, stories: list[Story]) -> None:
    """Check that no form made two deals or two contacts."""
    crm = world.installation.crm
    deals = await crm.items(pipeline="deal/retail", limit=1000)
    phones = [(await crm.item(deal["links"][0]["id"]))["fields"]["phone"] for deal in deals]
    assert Counter(phones)[stories[0].phone] == 1
    assert {phone: count for phone, count in Counter(phones).items() if count > 1} == {}
    assert {story.phone for story in stories} <= set(phones)


async def nothing_was_lost_or_done_twice(world: World, stories: list[Story]) -> None:
    """Settle what is uncertain, and count."""
    assert len(stories) > 1
    await all_settled(world, stories)
    await nothing_twice(world, stories)
    await one_deal_each(world, stories)


@pytest.mark.req("M1", "M2")
async def test_each_role_is_killed_once_and_nothing_is_lost_or_done_twice(wide_world: World) -> None:
    up = wide_world.installation
    async with Supervisor(wide_world) as supervisor:
        async with Crowd(wide_world) as crowd:
            await asyncio.sleep(2)
            for name in up.names:
                up.kill(name)
                await supervisor.all_ready()
        await nothing_was_lost_or_done_twice(wide_world, crowd.stories)


@pytest.mark.parametrize("which", ["kafka", "postgres"])
async def test_a_server_is_restarted_and_nothing_is_lost_or_done_twice(
    wide_world: World, servers: Running, which: str
) -> None:
    restart = servers.restart_kafka if which == "kafka" else servers.restart_postgres
    async with Supervisor(wide_world) as supervisor:
        async with Crowd(wide_world) as crowd:
            await asyncio.sleep(4)
            await asyncio.to_thread(restart, immediate=True)
            await supervisor.all_ready()
        await nothing_was_lost_or_done_twice(wide_world, crowd.stories)
