"""Clients who want no more SMS, who write SMS, and who sleep: on the whole live system, in a rehearsal."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from signalbox.rehearsal import Stepping

from tests.integration.world import World

Json = dict[str, Any]
LISBON = ZoneInfo("Europe/Lisbon")
LINE, TOKEN = "+351300500201", "texts-token-0123456789"
NIGHT = {"from": "21:00", "until": "09:00"}
MINUTE = timedelta(minutes=1)


def sms(key: str, **more: Any) -> Json:
    return {"key": key, "do": {"send-sms": {"to": "contact", "text": key, **more}}}


STAGES: list[Json] = [
    {"key": "new", "rules": [sms("hello")]},
    {"key": "later", "rules": [sms("again")]},
    {"key": "last", "rules": [sms("once-more")]},
    {"key": "wrote", "triggers": [{"key": "writes", "on": "chat.message", "filter": {"channel": "sms"}}]},
]
SLEEPERS: list[Json] = [{"key": "new", "rules": [sms("good-night"), sms("urgent", important=True)]}]


@dataclass
class Company:
    """The company, its clock, and a number to which clients send SMS."""

    world: World
    clock: Stepping

    async def text(self, phone: str, text: str) -> None:
        """Let a client write, past a gateway that does not know the number yet."""
        url = f"{self.world.installation.gateway.inside_url}/in/texts/{TOKEN}"
        told = {"url": url, "sender": phone, "to": LINE, "text": text}

        async def look() -> bool:
            answer = await self.world.installation.simulators.ask("POST", "/_control/twilio/text", json=told)
            return bool(answer["status"] == 200 and "<Response />" in answer["text"])

        await self.world.until(look)

    async def suppressed(self, phone: str, *, is_so: bool) -> Json:
        """Wait until an admin reads that it is so."""

        async def look() -> Json | None:
            known: Json = await self.world.installation.crm.ask("GET", f"/v1/suppressions/phone/{phone}")
            return known if known["suppressed"] is is_so else None

        return await self.world.until(look)

    async def consents(self, contact: str) -> Json:
        """Read what a contact agreed to."""
        told: Json = await self.world.installation.crm.ask("GET", f"/v1/contacts/{contact}/consents")
        return told


@pytest.fixture(scope="module")
async def company(rehearsal: tuple[World, Stepping]) -> Company:
    world, clock = rehearsal
    crm = world.installation.crm
    source = {"kind": "twilio-sms", "token": TOKEN, "secrets": {"auth_token": "simulated-twilio-token"}}
    await crm.configure("source", "texts", source)
    await crm.publish("deal/reach", {"stages": STAGES})
    await crm.publish("deal/sleepers", {"stages": SLEEPERS})
    return Company(world, clock)


@pytest.mark.req("E7")
async def test_after_stop_by_sms_the_next_rule_s_sms_is_skipped_in_words_until_start(company: Company) -> None:
    world, crm = company.world, company.world.installation.crm
    deal = await world.deal(pipeline="deal/reach")
    await world.rule_is(deal["id"], "hello", "succeeded")
    await company.text(deal["phone"], "Stop")
    known = await company.suppressed(deal["phone"], is_so=True)
    assert (known["kind"], known["reason"]) == ("stop", "answered STOP")

    async def unwilling() -> bool:
        return bool((await company.consents(deal["contact"]))["channels"]["phone"] == "refused")

    await world.until(unwilling)
    await crm.move(deal["id"], "later")
    assert (await world.rule_is(deal["id"], "again", "skipped"))["reason"] == "the contact refused phone"
    # Whoever else has the number is not written to either.
    other = await crm.create("contact", title="Rui", fields={"name": "Rui", "phone": deal["phone"]})
    link = {"role": "contact", "type": "contact", "id": other["id"]}
    his = await crm.create("deal", pipeline="deal/reach", title="Chair", links=[link], responsible="mara")
    row = await world.rule_is(his["id"], "hello", "skipped")
    assert row["reason"] == "the address is written to no more: answered STOP"
    [said] = (await company.consents(deal["contact"]))["history"]
    assert (said["state"], said["source"], said["text"]) == ("refused", "texts", "by SMS STOP")
    await company.text(deal["phone"], "START")
    await company.suppressed(deal["phone"], is_so=False)

    async def willing() -> bool:
        return bool((await company.consents(deal["contact"]))["channels"]["phone"] == "given")

    await world.until(willing)
    await crm.move(deal["id"], "last")
    await world.rule_is(deal["id"], "once-more", "succeeded")
    assert await world.sms_to(deal["phone"]) == ["hello", "once-more"]


@pytest.mark.req("I20")
async def test_an_sms_of_a_client_moves_the_deal_and_is_a_conversation(company: Company) -> None:
    world, crm = company.world, company.world.installation.crm
    deal = await world.deal(pipeline="deal/reach")
    await company.text(deal["phone"], "Do you have oak?")

    async def moved() -> bool:
        return bool((await crm.item(deal["id"]))["stage"] == "wrote")

    await world.until(moved)
    [conversation] = (await crm.ask("GET", f"/v1/items/{deal['id']}/conversations"))["conversations"]
    path = f"/v1/conversations/{conversation['id']}/messages"
    await crm.ask("POST", path, json={"text": "Yes, two."})

    async def answered() -> bool:
        return "Yes, two." in await world.sms_to(deal["phone"])

    await world.until(answered)


async def test_what_comes_up_in_quiet_hours_is_put_off_to_their_end_on_the_clock(company: Company) -> None:
    world, crm, clock = company.world, company.world.installation.crm, company.clock
    portal = (await crm.ask("GET", "/v1/config/portal/portal"))["data"]
    quiet = {"sms": NIGHT}
    await crm.configure("portal", "portal", {**portal, "zone": "Europe/Lisbon", "quiet": quiet})
    # The night in which Lisbon's clocks go on by an hour.
    await clock.go(datetime(2030, 3, 30, 22, 30, tzinfo=LISBON))
    deal = await world.deal(pipeline="deal/sleepers")
    await world.rule_is(deal["id"], "urgent", "succeeded")

    async def held() -> Json | None:
        row = (await world.rules(deal["id"])).get("good-night")
        return row if row and row["effects"] else None

    row = await world.until(held)
    assert (row["state"], row["effects"][0]["reason"]) == ("dispatched", "quiet hours until 09:00 Europe/Lisbon")
    assert await world.sms_to(deal["phone"]) == ["urgent"]
    morning = datetime(2030, 3, 31, 9, 0, tzinfo=LISBON)
    await clock.go(morning - MINUTE)
    assert await world.sms_to(deal["phone"]) == ["urgent"]
    await clock.go(morning + MINUTE)
    row = await world.rule_is(deal["id"], "good-night", "succeeded")
    ended = datetime.fromisoformat(row["details"]["finished_at"])
    assert morning <= ended < morning + MINUTE
    assert await world.sms_to(deal["phone"]) == ["urgent", "good-night"]
