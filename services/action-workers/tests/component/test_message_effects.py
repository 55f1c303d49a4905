"""Messages to chats through Telegram, and what follows where a chat takes them not."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from action_workers.reach import gate
from action_workers.testing import Desk, channel, config
from contracts.actions import CancelAction, SetSuppression

CHAT = 5512345
ROUTES = {
    "chat": {"channel": "chat", "address": f"shop-bot:{CHAT}"},
    "sms": {"channel": "sms", "address": "+351910000001"},
    "email": {"channel": "email", "address": "ana@example.com"},
}
BLOCKED = "the client has blocked the bot (Telegram 403)"


@pytest.fixture
async def desk(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    return await open_desk("message")


async def ask(desk: Desk, *ways: str, **more: Any) -> None:
    params = {"text": "Your table is ready.", "subject": "Your table", "routes": [ROUTES[way] for way in ways]}
    await desk.take(desk.action(desk.to(""), params=params | more))


async def test_a_message_goes_to_the_chat_and_says_which_way(desk: Desk) -> None:
    await ask(desk, "chat", "sms")
    (outcome,) = await desk.work("sent")
    [sent] = desk.sim.telegram.accepted
    assert (sent.chat_id, sent.text) == (CHAT, "Your table is ready.")
    assert (outcome.reference, outcome.reason) == ("1", "")
    told = {"chat": f"shop-bot:{CHAT}", "text": "Your table is ready."}
    assert outcome.results == {"message": "1", "channel": "chat", **told}
    assert not desk.sim.twilio.accepted


async def test_who_has_blocked_the_bot_is_reached_by_the_next_way_and_each_is_told(desk: Desk) -> None:
    desk.sim.telegram.blocked.add(CHAT)
    desk.sim.twilio.opted_out.add("+351910000001")
    await ask(desk, "chat", "sms", "email")
    (outcome,) = await desk.work("sent")
    [mail] = desk.sim.mail.accepted
    assert mail.recipients == ["ana@example.com"]
    stop = "the recipient has answered STOP and gets no more SMS from this sender (Twilio 21610)"
    told = await desk.outcomes()
    assert [one.reason for one in told] == [
        f"chat: {BLOCKED}; next: sms",
        f"sms: {stop}; next: email",
        f"by email; chat: {BLOCKED}; sms: {stop}",
    ]
    assert [one.state for one in told] == ["planned", "planned", "sent"]
    assert (outcome.attempts, outcome.results["channel"]) == (3, "email")
    assert [one["channel"] for one in outcome.results["tried"]] == ["chat", "sms"]
    attempts = await desk.rows("SELECT outcome FROM attempt ORDER BY number")
    assert [one["outcome"] for one in attempts] == ["trynext", "trynext", "sent"]


async def test_where_every_way_refuses_it_has_failed_with_the_words_of_each(desk: Desk) -> None:
    desk.sim.telegram.gone = {CHAT}
    desk.sim.twilio.opted_out.add("+351910000001")
    try:
        await ask(desk, "chat", "sms")
        (outcome,) = await desk.work("failed")
    finally:
        desk.sim.telegram.gone = set()
    assert outcome.reason == (
        "chat: there is no such chat with this bot (Telegram 400);"
        " sms: the recipient has answered STOP and gets no more SMS from this sender (Twilio 21610)"
    )


@pytest.mark.parametrize("fault", ["cut_after", "cut_before", "garbage"])
async def test_what_may_have_been_sent_is_never_sent_by_another_way_too(desk: Desk, fault: Any) -> None:
    desk.sim.fail("telegram", fault)
    await ask(desk, "chat", "sms")
    (outcome,) = await desk.work("uncertain")
    assert "Telegram" in outcome.reason
    assert not desk.sim.twilio.accepted


async def test_trouble_that_passes_leads_to_no_other_way(desk: Desk) -> None:
    desk.sim.fail("telegram", "status", times=2, code=502)
    await ask(desk, "chat", "sms")
    (outcome,) = await desk.work("sent")
    assert (outcome.attempts, outcome.results["channel"]) == (3, "chat")


async def test_a_crash_behind_a_refusal_is_uncertain_by_the_second_way_alone(desk: Desk) -> None:
    desk.sim.telegram.blocked.add(CHAT)
    desk.sim.fail("twilio", "cut_after")
    await ask(desk, "chat", "sms", "email")
    (outcome,) = await desk.work("uncertain")
    assert (outcome.attempts, len(desk.sim.twilio.accepted), len(desk.sim.mail.accepted)) == (2, 1, 0)


async def test_a_retry_begins_with_the_chat_again(desk: Desk) -> None:
    desk.sim.telegram.blocked.add(CHAT)
    await ask(desk, "chat")
    await desk.work("failed")
    desk.sim.telegram.blocked.clear()
    params = {"text": "Again", "routes": [ROUTES["chat"]]}
    await desk.take(desk.action(desk.to(""), params=params, round=2))
    (outcome,) = await desk.work("sent")
    assert (outcome.results["channel"], outcome.results["text"]) == ("chat", "Again")


async def test_a_cancel_between_two_ways_stops_there(desk: Desk) -> None:
    desk.sim.telegram.blocked.add(CHAT)
    await ask(desk, "chat", "sms")
    turn = await desk.executor.claim(1)
    [claimed], knowledge = turn.effects, turn.knowledge
    await desk.take(CancelAction(execution=desk.execution, item=desk.item, reason="left the stage"))
    await desk.executor.carry_out(claimed, knowledge)
    assert await desk.states() == ["cancelled"]
    assert not desk.sim.twilio.accepted


async def test_a_way_to_an_address_that_is_written_to_no_more_is_passed_over(desk: Desk) -> None:
    desk.sim.telegram.blocked.add(CHAT)
    word = SetSuppression(
        item=desk.item, way="phone", address="+351910000001", suppressed=True, by="ann", reason="asked"
    )
    async with desk.database.transaction() as tx:
        await gate.ordered(tx, [word], await tx.now(), desk.outbox)
    await ask(desk, "chat", "sms", "email")
    (outcome,) = await desk.work("sent")
    assert (outcome.results["channel"], len(desk.sim.mail.accepted)) == ("email", 1)
    assert outcome.results["tried"][1] == {
        "channel": "sms",
        "why": "the address is written to no more: ann: asked",
    }
    assert not desk.sim.twilio.accepted


async def test_a_chat_that_has_moved_is_written_to_where_it_is(desk: Desk) -> None:
    desk.sim.telegram.moved = {CHAT: 777}
    try:
        await ask(desk, "chat")
        await desk.work("sent")
    finally:
        desk.sim.telegram.moved = {}
    assert [one.chat_id for one in desk.sim.telegram.accepted] == [777]


async def test_a_channel_names_its_bot_and_one_that_is_gone_leads_to_the_next_way(desk: Desk) -> None:
    bot = (await bots(desk))["bot"]
    await desk.configure(config("connection", "second-bot", {**bot, "id": "second-bot"}))
    await ask(desk, "chat", "sms")
    (outcome,) = await desk.work("sent")
    assert outcome.results["tried"][0]["why"] == "several connections fit (bot, second-bot); name one in the rule"
    source = {**channel().data, "settings": {"connection": "bot"}}
    await desk.configure(config("source", "shop-bot", source))
    desk.execution = desk.item
    await ask(desk, "chat")
    await desk.work("sent", "sent")
    assert len(desk.sim.telegram.accepted) == 1


async def bots(desk: Desk) -> dict[str, Any]:
    async with desk.database.transaction() as tx:
        known = (await desk.config.view(tx)).connections
    return {name: one.model_dump(mode="json") for name, one in known.items()}
