"""Clients write in a messenger and call; rules write to them, call them, and send SMS by the account that they name."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.world import World

Json = dict[str, Any]
LINE, OTHER_LINE = "+351300500201", "+351300500202"
SECRET = "telegrams-secret"
TOKENS = {"shop-bot": "shop-bot-token-012345", "news-bot": "news-bot-token-012345", "line": "line-token-0123456789"}
FIELDS = [("name", "string", False), ("phone", "phone", False), ("email", "email", False), ("chat", "chat", True)]


def stage(key: str, *rules: Json, kind: str = "open", on: Json | None = None) -> Json:
    triggers = [{"key": f"to-{key}", **on}] if on else []
    return {"key": key, "kind": kind, "rules": list(rules), "triggers": triggers}


@pytest.fixture(scope="module", autouse=True)
async def company(world: World) -> AsyncIterator[None]:
    """Let the shop have two bots and a line, as long as these tests run."""
    crm = world.installation.crm
    simulators = world.installation.simulators.inside_url
    before = (await crm.ask("GET", "/v1/config/type/contact"))["data"]
    known = [{"key": key, "kind": kind, "multiple": multiple} for key, kind, multiple in FIELDS]
    await crm.configure("type", "contact", {"fields": known})
    bot = {"settings": {"base_url": simulators}, "secrets": {"bot_token": "110201543:simulated-bot-token"}}
    await crm.configure("connection", "bot", {"provider": "telegram", **bot})
    for name in ("shop-bot", "news-bot"):
        source = {"kind": "telegram", "token": TOKENS[name], "secrets": {"secret": SECRET}}
        await crm.configure("source", name, source)
    line = {"kind": "twilio-voice", "token": TOKENS["line"], "secrets": {"auth_token": "simulated-twilio-token"}}
    answering = {"say": "Olá & bom dia", "language": "pt-PT", "dial": "+351911111111", "missed": "We call you back"}
    await crm.configure("source", "line", {**line, "settings": answering})
    yield
    for kind, id_ in (("source", "shop-bot"), ("source", "news-bot"), ("source", "line"), ("connection", "bot")):
        await crm.ask("DELETE", f"/v1/config/{kind}/{id_}")
    await crm.ask("PUT", "/v1/config/type/contact?drop_data=true", json={"fields": before["fields"]})


def address(world: World, source: str) -> str:
    return f"{world.installation.gateway.inside_url}/in/{source}/{TOKENS[source]}"


async def writes(world: World, chat: int, text: str, *, to: str = "shop-bot", ago: int = 0, **more: Any) -> None:
    """Let a client write to a bot, past a gateway that does not know the bot yet."""
    written = {"url": address(world, to), "secret": SECRET, "chat": chat, "text": text, "date": int(time.time()) - ago}

    async def look() -> bool:
        path = "/_control/telegram/write"
        told = await world.installation.simulators.ask("POST", path, json=written | more)
        return bool(told["status"] == 200)

    await world.until(look)


async def client(world: World, pipeline: str, *, phone: str = "", email: str = "", reached: bool = True) -> Json:
    """Make a deal of a client with a chat, where they are to be reached by one."""
    chat = secrets.randbelow(10**9) + 1
    told = {"name": "Rita", "phone": phone, "email": email, "chat": [f"shop-bot:{chat}"] if reached else None}
    crm = world.installation.crm
    contact = await crm.create("contact", title="Rita", fields={k: v for k, v in told.items() if v})
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    deal = await crm.create("deal", pipeline=pipeline, title="Table", links=[link], responsible="mara")
    return {**deal, "chat": chat, "contact": contact["id"]}


def number() -> str:
    return f"+35191{secrets.randbelow(10**7):07d}"


@pytest.mark.req("I19", "I20")
async def test_the_first_message_and_every_message_move_deals_of_their_channel_once(world: World) -> None:
    crm = world.installation.crm
    first = {"on": "chat.first_message", "filter": {"channel": "shop-bot"}}
    every = {"on": "chat.message", "filter": {"channel": "shop-bot"}}
    other = {"on": "chat.message", "filter": {"channel": "news-bot"}}
    await crm.publish("deal/chats-first", {"owner": "mara", "stages": [stage("new"), stage("asked", on=first)]})
    stages = [stage("new"), stage("talks", on=every), stage("reads", on=other)]
    await crm.publish("deal/chats-every", {"owner": "mara", "stages": stages})
    deal = await client(world, "deal/chats-first")
    link = {"role": "contact", "type": "contact", "id": deal["contact"]}
    talk = await crm.create("deal", pipeline="deal/chats-every", title="Talk", links=[link])
    await writes(world, deal["chat"], "Do you have oak?")
    await world.stands(deal["id"], "asked")
    await world.stands(talk["id"], "talks")
    for moved in (deal, talk):
        await crm.move(moved["id"], "new")
    await writes(world, deal["chat"], "Or pine?")
    await world.stands(talk["id"], "talks")
    assert (await crm.item(deal["id"]))["stage"] == "new"
    [conversation] = (await crm.ask("GET", f"/v1/items/{talk['id']}/conversations"))["conversations"]
    path = f"/v1/conversations/{conversation['id']}/messages"

    async def both() -> bool:
        told = (await crm.ask("GET", path))["messages"]
        return [one["text"] for one in told] == ["Do you have oak?", "Or pine?"]

    await world.until(both, otherwise=lambda: crm.ask("GET", path))


@pytest.mark.req("I19")
async def test_of_fifty_first_messages_at_once_each_told_twice_one_is_the_first(world: World) -> None:
    crm = world.installation.crm
    first = {"on": "chat.first_message"}
    await crm.publish("deal/chats-many", {"owner": "mara", "stages": [stage("new"), stage("asked", on=first)]})
    deal = await client(world, "deal/chats-many")
    begun = secrets.randbelow(10**9) + 10**6
    told = [(n, writes(world, deal["chat"], str(n), update_id=begun + n, more={"message_id": n})) for n in range(50)]
    again = [writes(world, deal["chat"], "0", update_id=begun, more={"message_id": 0}, ago=0) for _ in range(5)]
    await asyncio.gather(*(one for _, one in told), *again, return_exceptions=True)
    await world.stands(deal["id"], "asked")

    async def all_kept() -> bool:
        found = (await crm.ask("GET", "/v1/conversations", params={"item": deal["id"]}))["conversations"]
        if not found:
            return False
        path = f"/v1/conversations/{found[0]['id']}/messages"
        return len((await crm.ask("GET", path, params={"limit": 100}))["messages"]) == 50

    await world.until(all_kept)
    moved = await world.lines(deal["id"], "moved")
    assert len(moved) == 1


@pytest.mark.req("I21")
async def test_an_answer_tells_how_long_the_client_waited_and_a_trigger_asks_for_it(world: World) -> None:
    crm = world.installation.crm
    quick = {"on": "chat.answered", "filter": {"how": "answered"}, "when": _reaction(smaller=300)}
    late = {"on": "chat.answered", "when": _reaction(greater=300)}
    stages = [stage("new"), stage("quick", on=quick), stage("late", on=late)]
    await crm.publish("deal/chats-answers", {"owner": "mara", "stages": stages})
    for ago, there in ((0, "quick"), (900, "late")):
        deal = await client(world, "deal/chats-answers")
        await writes(world, deal["chat"], "Hello?", ago=ago)
        conversation = await world.until(lambda deal=deal: _conversation(world, deal))  # type: ignore[misc]
        path = f"/v1/conversations/{conversation['id']}/messages"
        await crm.ask("POST", path, json={"text": f"Hello {there}"})
        await world.stands(deal["id"], there)

        async def sent(path: str = path) -> bool:
            return bool((await crm.ask("GET", path))["messages"][-1]["state"] == "sent")

        await world.until(sent)
        accepted = await world.installation.simulators.accepted("telegram")
        assert [one["text"] for one in accepted if one["chat_id"] == deal["chat"]] == [f"Hello {there}"]


def _reaction(**compared: int) -> Json:
    return {"all": [{"field": "signal.reaction", **compared}]}


async def _conversation(world: World, deal: Json) -> Json | None:
    found = (await world.installation.crm.ask("GET", f"/v1/items/{deal['id']}/conversations"))["conversations"]
    return found[0] if found else None


@pytest.mark.req("E6", "E7")
async def test_a_message_goes_to_the_chat_else_by_other_ways_and_nobody_is_an_outcome(world: World) -> None:
    do = {"send-message": {"text": "Ready, {{ contact.name }}", "fallback": ["sms", "email"], "subject": "Ready"}}
    pipeline = {"owner": "mara", "stages": [stage("new", {"key": "tell", "do": do})]}
    await world.installation.crm.publish("deal/tell", pipeline)
    phone, simulators = number(), world.installation.simulators
    there = await client(world, "deal/tell", phone=number())
    row = await world.rule_is(there["id"], "tell", "succeeded")
    assert row["results"]["channel"] == "chat"
    told = await simulators.accepted("telegram")
    assert [one["text"] for one in told if one["chat_id"] == there["chat"]] == ["Ready, Rita"]
    await simulators.fail("telegram", "status", code=403, body="bot was blocked by the user")
    blocked = await client(world, "deal/tell", phone=phone)
    row = await world.rule_is(blocked["id"], "tell", "succeeded")
    blocks = "the client has blocked the bot (Telegram 403)"
    assert row["effects"][0]["reason"] == f"by sms; chat: {blocks}"
    assert row["results"]["tried"] == [{"channel": "chat", "why": blocks}]
    assert await world.sms_to(phone) == ["Ready, Rita"]
    nobody = await client(world, "deal/tell", reached=False)
    row = await world.rule_is(nobody["id"], "tell", "skipped")
    words = "the contact has no chat, the contact has no phone, the contact has no email"
    assert row["effects"][0]["reason"] == words


@pytest.mark.req("E1")
async def test_a_call_is_made_and_its_end_and_the_pressed_key_come_back(world: World) -> None:
    do = {"make-call": {"text": "Press 1 to confirm", "language": "en-GB", "voice": "Polly.Amy", "keys": 1}}
    key = {"on": "call.key_pressed", "filter": {"key": "1"}}
    stages = [stage("new", {"key": "ring", "do": do}), stage("confirmed", on=key)]
    await world.installation.crm.publish("deal/rings", {"owner": "mara", "stages": stages})
    simulators = world.installation.simulators
    ended = {"completed": ("confirmed", ""), "busy": ("bounced", "the line was busy")}
    for status, (state, reason) in ended.items():
        phone = number()
        deal = await client(world, "deal/rings", phone=phone)
        await world.rule_is(deal["id"], "ring", "succeeded")
        [call] = [one for one in await simulators.accepted("twilio-voice") if one["to"] == phone]
        assert '<Say language="en-GB" voice="Polly.Amy">Press 1 to confirm</Say>' in call["twiml"]
        keys = "1" if status == "completed" else ""
        lived = {"to": phone, "status": status, "keys": keys, "in_order": False}
        answers = await simulators.ask("POST", "/_control/twilio/end-calls", json=lived)
        assert set(answers) <= {200, 204}
        if keys:
            await world.stands(deal["id"], "confirmed")

        async def settled(deal: Json = deal, told: tuple[str, str] = (state, reason)) -> bool:
            [effect] = (await world.rules(deal["id"]))["ring"]["effects"]
            return (effect["state"], effect["reason"]) == told

        await world.until(settled)


@pytest.mark.req("I16", "I17", "I18")
@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("call.incoming", {"ends": "completed", "dialled": "completed"}),
        ("call.missed", {"ends": "completed", "dialled": "no-answer"}),
        ("call.missed", {"ends": "canceled"}),
        ("call.outgoing", {"ends": "completed", "outbound": True}),
    ],
)
async def test_a_call_moves_the_deals_whose_trigger_listens_to_its_line(world: World, kind: str, how: Json) -> None:
    crm, name = world.installation.crm, f"deal/{kind.replace('.', '-')}"
    here, there = ({"on": kind, "filter": {"line": line}} for line in (LINE, OTHER_LINE))
    stages = [stage("new"), stage("elsewhere", on=there), stage("here", on=here)]
    await crm.publish(name, {"owner": "mara", "stages": stages})
    phone = number()
    deal = await client(world, name, phone=phone)
    ringing = {"url": address(world, "line"), "caller": phone, "line": LINE, **how}
    heard: list[str] = await world.installation.simulators.ask("POST", "/_control/twilio/ring", json=ringing)
    await world.stands(deal["id"], "here")
    if not how.get("outbound"):
        assert '<Say language="pt-PT">Olá &amp; bom dia</Say><Dial timeout="20"' in heard[0]
    if how.get("dialled") == "no-answer":
        assert "We call you back" in heard[1]


@pytest.mark.req("E2")
async def test_a_rule_picks_one_of_two_sms_accounts(world: World) -> None:
    crm = world.installation.crm
    record = {
        "provider": "twilio",
        "settings": {
            "base_url": world.installation.simulators.inside_url,
            "account_sid": "AC00000000000000000000000000000001",
            "from": "+351300500999",
        },
        "secrets": {"auth_token": "simulated-twilio-token"},
    }
    await crm.configure("connection", "sms-second", record)
    try:
        pick = [
            {"key": name, "do": {"send-sms": {"to": "contact", "text": name, "connection": name}}}
            for name in ("sms", "sms-second")
        ]
        await crm.publish("deal/picks", {"owner": "mara", "stages": [stage("new", *pick)]})
        phone = number()
        deal = await client(world, "deal/picks", phone=phone)
        for name in ("sms", "sms-second"):
            row = await world.rule_is(deal["id"], name, "succeeded")
            assert (row["results"]["parts"], row["results"]["alphabet"]) == (1, "GSM-7")
    finally:
        await crm.ask("DELETE", "/v1/config/connection/sms-second")
    accepted = await world.installation.simulators.accepted("twilio")
    by = {one["body"]: one["sender"] for one in accepted if one["to"] == phone}
    assert by == {"sms": "+351300500200", "sms-second": "+351300500999"}
