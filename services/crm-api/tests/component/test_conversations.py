"""Conversations: what clients write is kept in its order, the first is announced once, answers go out and are told."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.outbox import About
from chassis.testing import eventually
from contracts import topics
from contracts.actions import PerformAction
from contracts.commands import Nobody
from contracts.envelope import Cause
from contracts.messages import Message
from contracts.outcomes import EffectOutcome
from contracts.signals import Identity, Signal
from crm_api.testing.chats import CHAT, CLIENT, with_chats
from crm_api.testing.shop import Shop, signal

BEGAN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def wrote(text: str, number: int = 1, *, chat: str = CHAT, **more: Any) -> Signal:
    told = {"channel": "shop-bot", "chat": chat, "message": str(number), "type": "text", "text": text, "name": "Ana"}
    return signal(
        "chat.message",
        source="shop-bot",
        happened_at=BEGAN + timedelta(seconds=number // 10),
        identities=(Identity(kind="chat", value=chat),),
        payload=told | more,
    )


@pytest.fixture
async def shop(started: Callable[..., Awaitable[Any]]) -> Shop:
    """Give a shop whose contacts have chats."""
    return await with_chats(await started("consume", "timeline"))


async def ask(shop: Shop, path: str, **params: Any) -> dict[str, Any]:
    answer = await shop.crm.ann.get(f"/v1/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def only(shop: Shop, **params: Any) -> dict[str, Any]:
    [found] = (await ask(shop, "conversations", **params))["conversations"]
    return dict(found)


async def texts(shop: Shop, id_: str) -> list[tuple[str, str]]:
    return [(m["way"], m["text"]) for m in (await ask(shop, f"conversations/{id_}/messages"))["messages"]]


async def told(shop: Shop, kind: str, count: int = 1) -> list[Signal]:
    async def look() -> list[Signal] | None:
        found = [one for one in await shop.crm.deployment.data(topics.SIGNALS, Signal) if one.kind == kind]
        return found if len(found) >= count else None

    return list(await eventually(look))


async def test_the_first_message_of_nobody_known_makes_contact_and_deal_and_the_chat_is_known(shop: Shop) -> None:
    await shop.apply(wrote("Do you have oak?"), nobody=CLIENT)
    [deal] = await shop.items()
    contact = await shop.item(deal["links"][0]["id"])
    assert contact["fields"] == {"name": "Ana", "chat": [CHAT]}
    found = await only(shop)
    assert (found["channel"], found["chat"], found["contact"]) == ("shop-bot", CHAT, contact["id"])
    assert (found["items"], found["unanswered_since"]) == ([deal["id"]], "2026-03-02T09:30:00Z")
    [first] = await told(shop, "chat.first_message")
    assert (first.payload["text"], first.payload["channel"]) == ("Do you have oak?", "shop-bot")
    assert first.identities == (Identity(kind="chat", value=CHAT),)
    await shop.apply(wrote("Or pine?", 2), nobody=CLIENT)
    assert [one["id"] for one in await shop.items()] == [deal["id"]]
    assert await only(shop, item=deal["id"]) == await only(shop, item=contact["id"])
    assert await texts(shop, found["id"]) == [("in", "Do you have oak?"), ("in", "Or pine?")]


async def test_of_many_first_messages_at_once_and_in_disorder_one_is_the_first_and_all_are_in_order(
    shop: Shop,
) -> None:
    messages = [wrote(f"{number:02}", number) for number in range(1, 51)]
    commands = [shop.message(shop.command(one, nobody=CLIENT)) for one in reversed(messages)]
    await shop.send(*commands, *commands)
    await shop.decided(*messages)
    found = await only(shop)
    assert await texts(shop, found["id"]) == [("in", f"{number:02}") for number in range(1, 51)]
    assert len(await shop.items()) == 1
    last = wrote("51", 51)
    await shop.apply(last)
    assert len(await told(shop, "chat.first_message")) == 1


async def test_an_answer_goes_to_the_worker_and_tells_how_long_the_client_waited(shop: Shop) -> None:
    await shop.apply(wrote("Hello?"), nobody=CLIENT)
    await shop.apply(wrote("Anybody?", 600), nobody=CLIENT)
    found = await only(shop, unanswered=True)
    id_ = str(uuid4())
    path = f"/v1/conversations/{found['id']}/messages"
    before = datetime.now(UTC)
    answers = [await shop.crm.ann.post(path, json={"id": id_, "text": "Yes!"}) for _ in range(2)]
    after = datetime.now(UTC)
    assert [one.status_code for one in answers] == [202, 202]
    assert answers[0].json()["state"] == "planned"
    [order] = await eventually(lambda: shop.crm.deployment.data(topics.ACTIONS["message"], PerformAction))
    assert (order.action, order.params["text"]) == ("send-message", "Yes!")
    assert order.params["routes"] == [{"channel": "chat", "address": CHAT}]
    assert (order.recipients[0].whom, str(order.recipients[0].contact)) == (f"answer:{id_}", found["contact"])
    [answered] = await told(shop, "chat.answered")
    # In whole seconds, from the first that was unanswered.
    least, most = ((at - BEGAN).total_seconds() for at in (before, after))
    assert least - 1 < answered.payload["reaction"] <= most
    assert (answered.payload["how"], answered.payload["by"]) == ("answered", "ann")
    assert (await ask(shop, "conversations", unanswered=True))["conversations"] == []
    assert (await texts(shop, found["id"]))[-1] == ("out", "Yes!")
    await shop.crm.ann.post(path, json={"text": "Still there?"})
    await eventually(lambda: two(shop))
    assert len(await told(shop, "chat.answered")) == 1


async def two(shop: Shop) -> bool:
    return len(await shop.crm.deployment.data(topics.ACTIONS["message"], PerformAction)) == 2


async def test_what_became_of_an_answer_is_told_whatever_order_it_is_heard_in(shop: Shop) -> None:
    await shop.apply(wrote("Hello?"), nobody=CLIENT)
    found = await only(shop)
    made = await shop.crm.ann.post(f"/v1/conversations/{found['id']}/messages", json={"text": "Yes!"})
    outcomes = [outcome(made.json()["id"], "failed", 3, "blocked"), outcome(made.json()["id"], "planned", 2, "429")]
    await shop.send(*(message_of(shop, one) for one in outcomes))

    async def state() -> Any:
        [*_, last] = (await ask(shop, f"conversations/{found['id']}/messages"))["messages"]
        return (last["state"], last["reason"]) == ("failed", "blocked")

    await eventually(state)


async def test_what_a_rule_wrote_to_the_chat_is_in_the_conversation_once(shop: Shop) -> None:
    await shop.apply(wrote("Hello?"), nobody=CLIENT)
    written = outcome("", "sent", 2, "").model_copy(
        update={"whom": "contact:1", "results": {"channel": "chat", "chat": CHAT, "text": "Your table is ready."}}
    )
    elsewhere = written.model_copy(update={"effect": uuid4(), "results": {"channel": "sms", "text": "Not here"}})
    await shop.send(*(message_of(shop, one) for one in (elsewhere, written, written)))
    id_ = (await only(shop))["id"]

    async def kept() -> bool:
        return len(await texts(shop, id_)) == 2

    await eventually(kept)
    assert sorted(await texts(shop, id_)) == [("in", "Hello?"), ("out", "Your table is ready.")]
    assert (await only(shop))["unanswered_since"] is not None


def outcome(message: str, state: str, version: int, reason: str) -> EffectOutcome:
    told = {"effect": uuid4(), "execution": uuid4(), "item": uuid4(), "activation": 0, "round": 1, "effects": 1}
    return EffectOutcome.model_validate(
        told
        | {"whom": f"answer:{message}", "state": state, "version": version, "reason": reason}
        | {"attempts": 1, "at": BEGAN}
    )


def message_of(shop: Shop, data: Any) -> Message:
    about = About(BEGAN, Cause(uuid4(), uuid4()))
    found: Message = shop.crm.process.outbox.message(topics.OUTCOMES, data.item, data, about)
    return found


async def test_who_accepts_a_conversation_has_it_until_the_client_writes_anew(shop: Shop) -> None:
    answer = await shop.crm.ann.put("/v1/config/role/boss", json={"name": "Boss", "admin": True})
    assert answer.status_code == 200, answer.text
    await shop.crm.ann.put("/v1/config/person/rui", json={"name": "Rui", "access": ["boss"]})
    await shop.apply(wrote("Hello?"), nobody=CLIENT)
    path = f"/v1/conversations/{(await only(shop))['id']}"
    taken = [await client.post(f"{path}/accept") for client in (shop.crm.ann, shop.crm.ann, shop.crm.rui)]
    assert [one.status_code for one in taken] == [200, 200, 409]
    assert "Ann takes care of it already" in taken[2].text
    [accepted] = await told(shop, "chat.answered")
    assert (accepted.payload["how"], accepted.payload["by"]) == ("accepted", "ann")
    await shop.crm.ann.post(f"{path}/messages", json={"text": "Yes!"})
    assert (await only(shop))["accepted_by"] == "ann"
    await shop.apply(wrote("One more thing", 10 * int((datetime.now(UTC) - BEGAN).total_seconds() + 60)))
    assert (await only(shop))["accepted_by"] is None


async def test_the_chat_that_was_written_from_last_comes_first_and_a_phone_that_is_shared_is_kept(shop: Shop) -> None:
    second = "other-bot:77"
    contact = await shop.crm.made("/v1/items", type="contact", fields={"name": "Ana", "chat": [CHAT, second]})
    await shop.apply(wrote("Hi", chat=second, phone="+351912345678"))
    assert (await shop.item(contact["id"]))["fields"] == {
        "name": "Ana",
        "chat": [second, CHAT],
        "phone": "+351912345678",
    }
    await shop.apply(wrote("Hi again", 2, phone="+351910000000"))
    fields = (await shop.item(contact["id"]))["fields"]
    assert (fields["chat"], fields["phone"]) == ([CHAT, second], "+351912345678")


async def test_a_phone_that_another_contact_holds_alone_is_left_out_in_words_and_the_message_is_kept(
    shop: Shop,
) -> None:
    phone = {"key": "phone", "kind": "phone", "unique": True}
    fields = [{"key": "name", "kind": "string"}, phone, {"key": "chat", "kind": "chat", "multiple": True}]
    answer = await shop.crm.ann.put("/v1/config/type/contact", json={"fields": fields})
    assert answer.status_code == 200, answer.text
    [row] = await shop.crm.fetch("SELECT max(revision) AS revision FROM config")
    shop.revision = row["revision"]
    rui = await shop.crm.made("/v1/items", type="contact", fields={"name": "Rui", "phone": "+351912345678"})
    ana = await shop.crm.made("/v1/items", type="contact", fields={"name": "Ana", "chat": ["other-bot:77", CHAT]})
    await shop.apply(wrote("Hi", phone="+351912345678"))
    assert await texts(shop, (await only(shop, item=ana["id"]))["id"]) == [("in", "Hi")]
    assert (await shop.item(ana["id"]))["fields"] == {"name": "Ana", "chat": [CHAT, "other-bot:77"]}
    [line] = await shop.lines(ana["id"], "unread")
    assert line["words"] == f"fields.phone was left empty: item {rui['id']} has the same value"


async def test_a_company_without_the_field_still_knows_who_writes(shop: Shop) -> None:
    await shop.crm.ann.put("/v1/config/type/contact", json={"fields": [{"key": "name", "kind": "string"}]})
    [row] = await shop.crm.fetch("SELECT max(revision) AS revision FROM config")
    shop.revision = row["revision"]
    await shop.apply(wrote("Hello"), nobody=CLIENT)
    await shop.apply(wrote("Hello again", 2), nobody=CLIENT)
    assert len(await shop.items()) == 1


async def test_messages_come_page_by_page(shop: Shop) -> None:
    for number in range(1, 6):
        await shop.apply(wrote(str(number), number), nobody=CLIENT)
    path, found, after = f"conversations/{(await only(shop))['id']}/messages", [], ""
    while after is not None:
        page = await ask(shop, path, limit=2, after=after)
        found += [one["text"] for one in page["messages"]]
        after = page["next"]
    assert found == ["1", "2", "3", "4", "5"]


async def test_an_erased_persons_messages_are_empty_and_a_new_chat_begins_anew(shop: Shop) -> None:
    await shop.apply(wrote("I live in Rua Augusta 5"), nobody=CLIENT)
    before = await only(shop)
    answer = await shop.crm.ann.post(f"/v1/items/{before['contact']}/erase")
    assert answer.status_code == 200, answer.text
    found = await only(shop)
    assert (found["name"], CHAT in found["chat"]) == ("", False)
    assert await texts(shop, found["id"]) == [("in", "")]
    rows = await shop.crm.fetch(
        "SELECT m::text AS row FROM chat_message m UNION ALL SELECT c::text FROM conversation c"
    )
    assert not [row for row in rows if "Augusta" in row["row"] or "5512345" in row["row"]]


async def test_only_who_may_read_its_items_sees_a_conversation(shop: Shop) -> None:
    await shop.crm.ann.put("/v1/config/role/seller", json={"name": "S", "grants": [{"type": "deal", "whose": "own"}]})
    await shop.crm.ann.put("/v1/config/person/sam", json={"name": "Sam", "access": ["seller"]})
    await shop.apply(wrote("Hello"), nobody=CLIENT)
    [deal] = await shop.items()
    key = (await shop.crm.ann.post("/v1/api-keys", json={"person": "sam", "name": "t"})).json()["key"]
    sam = {"Authorization": f"Bearer {key}"}
    path = f"/v1/conversations/{(await only(shop))['id']}"
    assert (await shop.crm.ann.get(path, headers=sam)).status_code == 404
    assert (await shop.crm.ann.get("/v1/conversations", headers=sam)).json()["conversations"] == []
    await shop.crm.ann.patch(f"/v1/items/{deal['id']}", json={"fields": {"responsible": "sam"}})
    assert (await shop.crm.ann.get(path, headers=sam)).status_code == 200
    assert (await shop.crm.ann.post(f"{path}/messages", json={"text": "Hi"}, headers=sam)).status_code == 403


async def test_a_held_message_is_kept_and_belongs_to_the_item_that_a_person_chooses(shop: Shop) -> None:
    held = wrote("Hello")
    await shop.apply(held, nobody=Nobody(do="hold"))
    found = await only(shop)
    assert (found["items"], found["contact"]) == ([], None)
    deal = await shop.crm.deal(title="Oak")
    answer = await shop.crm.ann.post(f"/v1/signals/{held.id}/apply", json={"item": deal["id"]})
    assert answer.status_code == 200, answer.text
    assert (await only(shop))["items"] == [deal["id"]]
    assert UUID(found["id"]) == held.id


async def test_sms_make_a_conversation_that_is_answered_by_sms(shop: Shop) -> None:
    phone = "+351911111115"
    source = {"kind": "twilio-sms", "token": "the-token-of-texts", "secrets": {"auth_token": "x"}}
    answer = await shop.crm.ann.put("/v1/config/source/texts", json=source)
    assert answer.status_code == 200, answer.text
    payload = {"channel": "sms", "phone": phone, "message": "SM1", "type": "text", "text": "Do you have oak?"}
    seen = signal("chat.message", source="texts", identities=(Identity(kind="phone", value=phone),), payload=payload)
    await shop.apply(seen, nobody=CLIENT)
    [first] = await told(shop, "chat.first_message")
    assert (first.identities, first.payload["channel"]) == ((Identity(kind="phone", value=phone),), "sms")
    found = await only(shop)
    assert (found["channel"], found["chat"]) == ("texts", f"texts:{phone}")
    contact = await shop.item(found["contact"])
    assert contact["fields"] == {"phone": phone}
    await shop.crm.ann.post(f"/v1/conversations/{found['id']}/messages", json={"text": "Yes!"})
    [order] = await eventually(lambda: shop.crm.deployment.data(topics.ACTIONS["message"], PerformAction))
    assert order.params["routes"] == [{"channel": "sms", "address": phone, "connection": ""}]
