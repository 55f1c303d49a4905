"""Every role is killed in the middle of the story: the same effects, never twice, nothing lost unseen."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from stack import Running

from deploy.demo.story import Story
from tests.integration.world import World

Json = dict[str, Any]
GREETING, NUDGE = "30 minutes", "right now"
LONG = 240
pytestmark = pytest.mark.timeout(900)


class Crowd:
    """Clients that keep coming while something is killed, each taken through the first two stages."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stories: list[Story] = []
        self._stop = asyncio.Event()

    async def come(self) -> None:
        """Let a client come every half second, until told to stop."""
        coming = []
        while not self._stop.is_set():
            story = self.world.story(within=LONG)
            self.stories.append(story)
            coming.append(asyncio.create_task(self.go(story)))
            await asyncio.sleep(0.5)
        await asyncio.gather(*coming)

    async def go(self, story: Story) -> None:
        """Take one client through: the form, its deal, the move once the second SMS is settled."""
        form = {
            "name": "Ana Reis",
            "phone": story.phone,
            "email": story.email,
            "wish": "Oak table",
            "budget": "900",
            "submission": story.phone,
        }
        await insistently(lambda: self.post(form))
        deal = await self.world.until(lambda: quietly(story.newest_deal()), within=LONG)
        story.deal = deal["id"]
        await self.world.rule_is(story.deal, "nudge", "succeeded", "uncertain", within=LONG)
        await insistently(lambda: self.world.installation.crm.move(story.deal, "documents"))
        await self.world.rule_is(story.deal, "mail", "succeeded", "uncertain", "waiting_for_previous", within=LONG)

    async def post(self, form: dict[str, str]) -> None:
        """Post the form, as a person who presses the button again until it says thank you."""
        answer = await self.world.installation.gateway.submit("site", self.world.shop.site_token, form)
        answer.raise_for_status()

    def leave(self) -> None:
        """Let nobody else come."""
        self._stop.set()


async def insistently(do: Any) -> None:
    """Do it again until it works, as people do while a service is being started again."""
    for _ in range(300):
        try:
            await do()
        except Exception:  # noqa: BLE001  whatever it is, a person tries again
            await asyncio.sleep(0.3)
        else:
            return
    raise AssertionError("it never worked")


async def quietly(look: Any) -> Any:
    """Look, taking a service that is away for *nothing there yet*."""
    try:
        return await look
    except Exception:  # noqa: BLE001  it is being started again
        return None


async def settle(world: World, stories: list[Story]) -> None:
    """Settle what is uncertain as life does: Twilio reports what it accepted, a person says the rest."""
    await world.installation.simulators.call_back(status="delivered")
    for story in stories:
        for row in (await world.rules(story.deal)).values():
            for effect in row["effects"]:
                if effect["state"] == "uncertain":
                    await confirm(world, row, effect)


async def confirm(world: World, row: Json, effect: Json) -> None:
    """Say what became of an uncertain effect, after looking at what the provider accepted."""
    accepted = await world.installation.simulators.accepted("twilio")
    sent = any(effect["id"] in (sms["status_callback"] or "") for sms in accepted)
    mails = await world.installation.simulators.accepted("smtp")
    sent = sent or any(effect["id"] in (mail["message_id"] or "") for mail in mails)
    body = {"execution": row["id"], "sent": sent}
    await world.installation.crm.ask("POST", f"/v1/effects/{effect['id']}/confirm", json=body)


async def nothing_twice(world: World, stories: list[Story]) -> None:
    """Check each effect's count at the far end against what the row says: 1, or 0 or 1 where it says uncertain."""
    sms = Counter((s["to"], GREETING if GREETING in s["body"] else NUDGE) for s in await accepted(world, "twilio"))
    mails = Counter(mail["recipients"][0] for mail in await accepted(world, "smtp"))
    for story in stories:
        rules = await world.rules(story.deal)
        for key, count in (
            ("greet", sms[story.phone, GREETING]),
            ("nudge", sms[story.phone, NUDGE]),
            ("mail", mails[story.email]),
        ):
            state = rules[key]["state"]
            assert count <= 1, (key, story.phone, count, rules[key])
            assert count == 1 or state != "succeeded", (key, story.phone, count, rules[key])
            assert state in {"succeeded", "failed", "uncertain", "blocked", "waiting_for_previous"}, rules[key]
        assert rules["tomorrow"]["state"] == "cancelled"
    deals = await world.installation.crm.items(pipeline="deal/retail", stage="documents", limit=200)
    assert max(Counter(d["id"] for d in deals).values(), default=0) <= 1


async def accepted(world: World, provider: str) -> list[Json]:
    """Give what a provider accepted."""
    return await world.installation.simulators.accepted(provider)


async def one_deal_each(world: World, stories: list[Story]) -> None:
    """Check that no form made two deals or two contacts."""
    contacts = [link["id"] for s in stories for link in (await world.installation.crm.item(s.deal))["links"]]
    assert len(contacts) == len(set(contacts)) == len(stories)
    for story in stories:
        contact = (await world.installation.crm.item(story.deal))["links"][0]["id"]
        found = await world.installation.crm.item(contact)
        assert found["fields"]["phone"] == story.phone


@pytest.mark.req("M1", "M2")
async def test_each_role_is_killed_once_and_nothing_is_lost_or_done_twice(wide_world: World) -> None:
    up = wide_world.installation
    crowd = Crowd(wide_world)
    coming = asyncio.create_task(crowd.come())
    await asyncio.sleep(2)
    for name in up.names:
        up.kill(name)
        await asyncio.sleep(0.2)
        up.start(name)
        await up.ready(name)
    crowd.leave()
    await coming
    await settle(wide_world, crowd.stories)
    await asyncio.sleep(2)
    await nothing_twice(wide_world, crowd.stories)
    await one_deal_each(wide_world, crowd.stories)
    assert crowd.stories


@pytest.mark.parametrize("which", ["kafka", "postgres"])
async def test_a_server_is_restarted_and_nothing_is_lost_or_done_twice(
    wide_world: World, servers: Running, which: str
) -> None:
    crowd = Crowd(wide_world)
    coming = asyncio.create_task(crowd.come())
    await asyncio.sleep(3)
    await asyncio.to_thread(servers.restart_kafka if which == "kafka" else servers.restart_postgres, immediate=True)
    await revive(wide_world)
    await asyncio.sleep(3)
    crowd.leave()
    await coming
    await settle(wide_world, crowd.stories)
    await asyncio.sleep(2)
    await nothing_twice(wide_world, crowd.stories)
    await one_deal_each(wide_world, crowd.stories)


async def revive(world: World) -> None:
    """Start again what ended, as a supervisor does: a process whose Kafka client broke ends by itself, on purpose."""
    up = world.installation
    for _ in range(100):
        for name in up.names:
            if up.processes[name].died():
                up.start(name)
        await asyncio.sleep(0.1)
    for name in up.names:
        await up.ready(name)
