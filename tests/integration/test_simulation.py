"""A month lived through on the live system, and simulated: the same effects, and the same decisions hash for hash."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from chassis.database import Database
from crm_api.simulation.history import Recording
from crm_api.simulation.running import Outcome, Trial, replayed, simulate
from crm_api.simulation.simulating import read
from crm_api.testing import month
from crm_api.testing.month import BEGIN, PIPELINE, Deed
from signalbox.rehearsal import Stepping
from stack import Stack

from deploy.demo.shop import HERE, opened
from deploy.local import Installation
from deploy.local.rehearsing import rehearsing
from tests.integration.conftest import HOME, PATIENCE, QUICK

CLIENTS = 60
# Who publishes is named by the deployment, and may do all.
TRIAL = Trial(PIPELINE, operators=frozenset({"user:manager"}))
EVERY = 5  # days between the moments at which people do something
END = BEGIN + timedelta(days=30)
# What a rehearsal takes to notice that something is due, to do it, and to answer.
LATE = timedelta(seconds=40)
pytestmark = pytest.mark.timeout(1800)  # the month itself is lived in the first of them


@dataclass
class Month:
    """The installation, its clients, and what stands in its journal."""

    up: Installation
    clock: Stepping
    token: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    contacts: dict[int, str] = field(default_factory=dict)
    deals: dict[int, str] = field(default_factory=dict)

    async def set_up(self) -> None:
        """Open the shop."""
        crm = self.up.crm
        account = {
            "base_url": self.up.simulators.url,
            "account_sid": "AC00000000000000000000000000000001",
            "from": "+351300500200",
        }
        contract = await crm.keep_file((HERE / "contract.html").read_bytes(), "text/html")
        portal = {"zone": "Europe/Lisbon", "country": "PT", "public_url": self.up.gateway.url}
        await crm.configure("portal", "portal", portal)
        await crm.configure("calendar", "portal", month.CALENDAR)
        for id_, person in sorted(month.PEOPLE.items(), key=lambda one: "supervisor" in one[1]):
            await crm.configure("person", id_, person)
        for key, fields in month.TYPES.items():
            await crm.configure("type", key, {"fields": fields})
        secret = {"auth_token": "simulated-twilio-token"}
        await crm.configure("connection", "sms", {"provider": "twilio", "settings": account, "secrets": secret})
        await crm.configure("template", "contract", {"file": contract, "content_type": "text/html"})
        await crm.publish(PIPELINE, month.DOCUMENT)
        for kind in month.SIGNALS:
            door = {"kind": "form", "token": self.token, "signals": kind, "identities": {"phone": "phone"}}
            await crm.configure("source", kind.replace(".", "-"), door)
        await asyncio.gather(*(opened(self.up.gateway, kind.replace(".", "-"), self.token) for kind in month.SIGNALS))

    async def live(self) -> None:
        """Live through the month."""
        for after, deeds in month.gathered(month.deeds(7, CLIENTS), EVERY).items():
            await self.clock.go(BEGIN + after)
            for making in (True, False):
                done = [self.do(deed) for deed in deeds if (deed.do in month.MAKING) is making and deed.do != "deal"]
                await asyncio.gather(*done)
                await asyncio.gather(*(self.do(deed) for deed in deeds if making and deed.do == "deal"))
        await self.clock.go(END)

    async def do(self, deed: Deed) -> Any:
        """Do what somebody did."""
        crm = self.up.crm
        match deed.do:
            case "contact":
                made = await crm.create("contact", title=deed.values["name"], fields=deed.values)
                self.contacts[deed.client] = made["id"]
                if deed.client % 2:
                    await crm.ask("PUT", f"/v1/items/{made['id']}/visits", json={"watched": True})
            case "deal":
                link = {"role": "contact", "type": "contact", "id": self.contacts[deed.client]}
                told = {"links": [link], "responsible": "mara", **deed.values}
                self.deals[deed.client] = (await crm.create("deal", pipeline=PIPELINE, **told))["id"]
            case "signal":
                form = {"phone": f"+35191{deed.client:07d}", "delivery": secrets.token_hex(8)}
                source = deed.values["kind"].replace(".", "-")
                assert (await self.up.gateway.submit(source, self.token, form)).is_success
            case "birthday":
                await crm.change(self.contacts[deed.client], **deed.values)
            case _:
                if deed.client in self.deals:
                    await self.changing(deed)

    def changing(self, deed: Deed) -> Awaitable[Any]:
        """Do something with a client's deal."""
        crm, deal = self.up.crm, self.deals[deed.client]
        if deed.do == "move":
            return crm.move(deal, deed.values["stage"])
        if deed.do == "change":
            return crm.change(deal, **deed.values)
        return crm.ask("DELETE", f"/v1/items/{self.deals.pop(deed.client)}")

    async def recording(self, begin: datetime) -> Recording:
        """Read the journal from a moment on."""
        up = self.up.environment
        async with Database(up.stack.database(up.database("crm-api"))) as database, database.transaction() as tx:
            return await read(tx, PIPELINE, begin, await tx.now())


@pytest.fixture(scope="module")
async def lived(stack: Stack) -> AsyncIterator[Month]:
    tick = {"RULE_SCHEDULER_TICK": "0.02"}
    installation = Installation(stack, HOME, prefix="month.", partitions=3, more=QUICK | tick, rehearsal=True)
    async with installation, rehearsing(installation, patience=PATIENCE) as clock:
        lived = Month(installation, clock)
        await lived.set_up()
        await lived.live()
        yield lived


@pytest.fixture(scope="module")
async def recording(lived: Month) -> Recording:
    return await lived.recording(BEGIN - timedelta(days=1))


def told(outcome: Outcome) -> list[str]:
    """Say in words what was simulated otherwise than it was."""
    return [
        f"{one.differs} {row.rule_key} of {row.item}, {row.activation}: {one.at} {one.real and one.real.dispatched_at}"
        for one in outcome.effects
        if one.differs and (row := one.row or one.real)
    ]


async def test_a_simulation_and_the_live_run_of_a_month_agree_effect_for_effect(recording: Recording) -> None:
    outcome = simulate(recording, TRIAL)
    assert told(outcome) == []
    assert len(outcome.effects) > 5 * CLIENTS
    rules = {one.effect.rule_key for one in outcome.effects if one.effect}
    assert {"greet", "confirm", "drift", "weekly", "unread", "contract", "remind", "quiet", "prepare"} <= rules
    for one in outcome.effects:
        assert one.real
        assert one.row
        assert one.real.dispatched_at
        assert one.effect
        assert abs(one.real.dispatched_at - one.effect.at) < LATE
        assert (one.row.state, set(one.effect.whom)) == (one.real.state, {effect.whom for effect in one.real.effects})


@pytest.mark.req("M3")
async def test_what_the_clients_really_got_is_what_was_simulated_to_the_letter(
    lived: Month, recording: Recording
) -> None:
    outcome = simulate(recording, TRIAL)
    texts = sorted(
        one.effect.params["text"] for one in outcome.effects if one.effect and one.effect.action == "send-sms"
    )
    sent = sorted(sms["body"] for sms in await lived.up.simulators.accepted("twilio"))
    assert texts == sent
    # The values that a text used are kept with its execution.
    for one in (one for one in outcome.effects if one.real and one.real.rule_key == "mail"):
        assert one.effect
        assert one.real
        assert one.effect.params["text"] == f"Your contract: {one.real.seen['results.contract.url']}"
        assert one.effect.whom == (f"contact:{one.real.seen['contact.id']}",)


async def test_a_window_may_begin_where_much_waits_already(lived: Month) -> None:
    outcome = simulate(await lived.recording(BEGIN + timedelta(days=12, hours=5)), TRIAL)
    assert told(outcome) == []
    assert len(outcome.effects) > CLIENTS


async def test_replaying_the_journal_decides_all_again_hash_for_hash(recording: Recording) -> None:
    then, now = replayed(recording)
    rows = {row: now.get(row) for row in then}
    assert len(then) > 10 * CLIENTS
    assert rows == then
    assert now.keys() == then.keys()
