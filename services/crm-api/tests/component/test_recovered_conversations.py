"""After a restore conversations are as they were, by what was told of them; nothing is announced a second time."""

from argparse import Namespace
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.testing import eventually
from contracts import topics
from contracts.signals import Identity, Signal
from crm_api.errands import bring_back
from crm_api.testing.chats import CHAT, CLIENT, with_chats
from crm_api.testing.shop import Shop, signal

BEGAN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
# When it began is not told to the microsecond.
TABLES = {
    "conversation": "id, channel, chat, contact, name, date_trunc('second', unanswered_since), accepted_by",
    "conversation_item": "*",
    "chat_message": "id, conversation, way, at, author, type, text",
}


def wrote(text: str, minute: int, chat: str = CHAT) -> Signal:
    return signal(
        "chat.message",
        source="shop-bot",
        happened_at=BEGAN + timedelta(minutes=minute),
        identities=(Identity(kind="chat", value=chat),),
        payload={"chat": chat, "message": "1", "type": "text", "text": text, "name": "Ana"},
    )


def now(text: str) -> Signal:
    """Write after whatever was answered until now."""
    return wrote(text, 0).model_copy(update={"happened_at": datetime.now(UTC)})


@pytest.fixture
async def shop(started: Callable[..., Awaitable[Any]]) -> Shop:
    return await with_chats(await started("consume"))


async def path(shop: Shop) -> str:
    [row] = await shop.crm.fetch("SELECT id FROM conversation WHERE chat = $1", CHAT)
    return f"/v1/conversations/{row['id']}"


async def say(shop: Shop, text: str) -> None:
    answer = await shop.crm.ann.post(f"{await path(shop)}/messages", json={"text": text})
    assert answer.status_code == 202, answer.text


async def accept(shop: Shop) -> None:
    assert (await shop.crm.ann.post(f"{await path(shop)}/accept")).status_code == 200


async def state(shop: Shop) -> list[tuple[Any, ...]]:
    """Give all rows of all tables."""
    return [
        (table, *row)
        for table, columns in TABLES.items()
        for row in await shop.crm.fetch(f"SELECT {columns} FROM {table} ORDER BY 1, 2")
    ]


async def recovered(shop: Shop) -> int:
    """Recover from all that was ever told, once that is carried; give how many messages were back."""

    async def carried() -> bool:
        return not await shop.crm.fetch("SELECT seq FROM outbox LIMIT 1")

    await eventually(carried)
    answer = await bring_back(shop.crm.process.settings, Namespace(since=None))
    return int(answer.split(" messages")[0].rsplit(" ", 1)[1])


async def lived(shop: Shop) -> None:
    """Write, take care, answer, write anew and answer once more, and somebody else writes."""
    await shop.apply(wrote("Do you have oak?", 0), nobody=CLIENT)
    await shop.apply(wrote("Or pine?", 1), nobody=CLIENT)
    await accept(shop)
    await say(shop, "Both.")
    await shop.apply(now("How much?"))
    await shop.apply(wrote("Hello", 5, "shop-bot:77"), nobody=CLIENT)


async def firsts(shop: Shop) -> int:
    return sum(one.kind == "chat.first_message" for one in await shop.crm.deployment.data(topics.SIGNALS, Signal))


@pytest.mark.parametrize("care", [False, True])
async def test_what_the_backup_does_not_have_is_as_it_was(shop: Shop, care: bool) -> None:  # noqa: FBT001  a case
    await lived(shop)
    if care:
        await accept(shop)
    before = await state(shop)
    assert sum(row[0] == "chat_message" for row in before) == 5
    await shop.crm.fetch("DELETE FROM conversation")
    assert await recovered(shop) == 5
    assert await state(shop) == before
    assert await firsts(shop) == 2
    assert await recovered(shop) == 0
    assert await state(shop) == before


async def test_what_the_backup_has_goes_on_from_there(shop: Shop) -> None:
    await shop.apply(wrote("Do you have oak?", 0), nobody=CLIENT)
    await accept(shop)
    old = await shop.crm.fetch("SELECT id FROM chat_message")
    await say(shop, "Yes.")
    await shop.apply(now("How much?"))
    before = await state(shop)
    await shop.crm.fetch("DELETE FROM chat_message WHERE id <> ALL($1::uuid[])", [row["id"] for row in old])
    await shop.crm.fetch("UPDATE conversation SET accepted_by = 'ann', answered_at = NULL, unanswered_since = began_at")
    assert await recovered(shop) == 2
    assert await state(shop) == before


async def test_a_message_that_was_not_decided_yet_is_left_to_be_decided(
    started: Callable[..., Awaitable[Any]],
) -> None:
    nobody_reads = Shop(await started(), 1)
    await nobody_reads.send(nobody_reads.message(nobody_reads.command(wrote("Hello", 0), nobody=CLIENT)))
    assert await recovered(nobody_reads) == 0
    assert await state(nobody_reads) == []
