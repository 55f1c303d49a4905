"""Conversations and their messages."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction

from crm_api.access.rights import Reach
from crm_api.chats.conversation import ChatMessage, Conversation
from crm_api.store.rights import allowed

Place = tuple[datetime, UUID]

ITEMS = "ARRAY(SELECT item FROM conversation_item x WHERE x.conversation = c.id ORDER BY item) AS items"
COLUMNS = (
    f"c.id, c.channel, c.chat, c.contact, c.name, {ITEMS}, c.began_at, c.last_at, c.unanswered_since, c.accepted_by"
)
BEGIN = (
    "INSERT INTO conversation (id, channel, chat, name, began_at, last_at) VALUES ($1, $2, $3, $4, $5, $5)"
    " ON CONFLICT (chat) DO NOTHING RETURNING id"
)
OF_CHAT = f"SELECT {COLUMNS} FROM conversation c WHERE c.chat = $1 FOR UPDATE"
IDS = "SELECT chat, id FROM conversation WHERE chat = ANY($1::text[])"
LOCK = f"SELECT {COLUMNS} FROM conversation c WHERE c.id = $1 FOR UPDATE"
MESSAGE = "id, conversation, way, at, author, type, text, state, reason"
ADD = (
    f"INSERT INTO chat_message ({MESSAGE}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    " ON CONFLICT (id) DO NOTHING RETURNING id"
)
# One that comes late, from before the last answer, waits for none; who waits anew is not taken care of yet.
WAITS = (
    "UPDATE conversation SET last_at = greatest(last_at, $2),"
    " accepted_by = CASE WHEN unanswered_since IS NULL THEN NULL ELSE accepted_by END,"
    " unanswered_since = CASE WHEN answered_at > $2 THEN unanswered_since ELSE least(unanswered_since, $2) END"
    " WHERE id = $1"
)
ANSWERED = (
    "UPDATE conversation SET last_at = greatest(last_at, $2), answered_at = $2, unanswered_since = NULL WHERE id = $1"
)
ACCEPT = "UPDATE conversation SET accepted_by = $2 WHERE id = $1"
CONCERNS = "INSERT INTO conversation_item SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING"
WITH = "UPDATE conversation SET contact = $2 WHERE id = $1"
CONTACT_OF = (
    "SELECT c.contact FROM conversation c JOIN item i ON i.id = c.contact AND NOT i.deleted WHERE c.chat = ANY($1)"
    " ORDER BY c.last_at DESC LIMIT 1"
)
NEAR = "i.id = c.contact OR i.id IN (SELECT x.item FROM conversation_item x WHERE x.conversation = c.id)"


def _within(first: int) -> str:
    """Give the predicate that one of a conversation's items is allowed, or everything; as `allowed` has it."""
    return f"(${first}::boolean OR EXISTS (SELECT FROM item i WHERE ({NEAR}) AND {allowed(first)}))"


ONE = f"SELECT {COLUMNS} FROM conversation c WHERE c.id = $1 AND {_within(2)}"
PART = (
    f"SELECT {COLUMNS} FROM conversation c WHERE (c.began_at, c.id) > ($1, $2) AND {_within(6)}"
    " AND ($3::uuid IS NULL OR c.contact = $3 OR EXISTS"
    " (SELECT FROM conversation_item x WHERE x.conversation = c.id AND x.item = $3))"
    " AND (NOT $4 OR c.unanswered_since IS NOT NULL) ORDER BY c.began_at, c.id LIMIT $5"
)
LOAD = f"SELECT {MESSAGE} FROM chat_message WHERE id = $1"
MESSAGES = (
    f"SELECT {MESSAGE} FROM chat_message WHERE conversation = $1 AND (at, id) > ($2, $3) ORDER BY at, id LIMIT $4"
)
BECAME = (
    "UPDATE chat_message AS m SET state = u.state, version = u.version, reason = u.reason"
    " FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[]) AS u(id, state, version, reason)"
    " WHERE m.id = u.id AND m.version < u.version"
)
MERGE = "UPDATE conversation SET contact = $1 WHERE contact = $2"
# A chat that is written in again begins anew.
ERASE = (
    "WITH gone AS (UPDATE conversation SET chat = 'erased:' || id, name = '' WHERE contact = $1 RETURNING id)"
    " UPDATE chat_message SET text = '', author = CASE WHEN way = 'in' THEN '' ELSE author END, reason = ''"
    " WHERE conversation IN (SELECT id FROM gone) RETURNING id"
)


async def begin(tx: Transaction, conversation: Conversation) -> bool:
    """Begin a conversation; gives False where there is one in this chat already."""
    c = conversation
    return await tx.fetchval(BEGIN, c.id, c.channel, c.chat, c.name, c.began_at) is not None


async def of_chat(tx: Transaction, chat: str) -> Conversation | None:
    """Lock the conversation in a chat."""
    row = await tx.fetchrow(OF_CHAT, chat)
    return None if row is None else Conversation.model_validate(dict(row))


async def of_chats(tx: Transaction, chats: Collection[str]) -> dict[str, UUID]:
    """Give the conversations in these chats."""
    return {row["chat"]: row["id"] for row in await tx.fetch(IDS, list(chats))}


async def lock(tx: Transaction, id_: UUID) -> Conversation:
    """Lock a conversation, which there is."""
    [row] = await tx.fetch(LOCK, id_)
    return Conversation.model_validate(dict(row))


async def add(tx: Transaction, message: ChatMessage) -> bool:
    """Add a message; gives False for an id that is there already."""
    m = message
    values = (m.id, m.conversation, m.way, m.at, m.author, m.type, m.text, m.state, m.reason)
    return await tx.fetchval(ADD, *values) is not None


async def waits(tx: Transaction, id_: UUID, since: datetime) -> None:
    """Note that the client wrote, and waits for an answer."""
    await tx.execute(WAITS, id_, since)


async def answered(tx: Transaction, id_: UUID, at: datetime) -> None:
    """Note that the client was answered."""
    await tx.execute(ANSWERED, id_, at)


async def accept(tx: Transaction, id_: UUID, person: str) -> None:
    """Note who takes care of a conversation."""
    await tx.execute(ACCEPT, id_, person)


async def concerns(tx: Transaction, id_: UUID, items: Collection[UUID], contact: UUID | None) -> None:
    """Note which items a conversation concerns, and with whom it is where that is known now."""
    await tx.execute(CONCERNS, id_, list(items))
    if contact is not None:
        await tx.execute(WITH, id_, contact)


async def contact_of(tx: Transaction, chats: Sequence[str]) -> list[UUID]:
    """Give the contact with whom the latest of the conversations in these chats is, none where there is none."""
    found = await tx.fetchval(CONTACT_OF, list(chats))
    return [] if found is None else [found]


async def within(tx: Transaction, id_: UUID, reach: Reach) -> Conversation | None:
    """Give a conversation of which an item is within reach."""
    row = await tx.fetchrow(ONE, id_, *reach.values)
    return None if row is None else Conversation.model_validate(dict(row))


async def part(
    tx: Transaction, reach: Reach, item: UUID | None, *, unanswered: bool, after: Place, limit: int
) -> list[Conversation]:
    """Give a part of the conversations within reach, of an item or all, oldest first."""
    rows = await tx.fetch(PART, *after, item, unanswered, limit, *reach.values)
    return [Conversation.model_validate(dict(row)) for row in rows]


async def load(tx: Transaction, id_: UUID) -> ChatMessage | None:
    """Load a message."""
    row = await tx.fetchrow(LOAD, id_)
    return None if row is None else ChatMessage.model_validate(dict(row))


async def messages(tx: Transaction, conversation: UUID, after: Place, limit: int) -> list[ChatMessage]:
    """Give a part of the messages of a conversation, in their order."""
    return [ChatMessage.model_validate(dict(row)) for row in await tx.fetch(MESSAGES, conversation, *after, limit)]


async def became(tx: Transaction, told: Sequence[tuple[UUID, str, int, str]]) -> None:
    """Note what became of messages: id, state, version, reason; a lower version changes nothing."""
    if told:
        await tx.execute(BECAME, *map(list, zip(*told, strict=True)))


async def merge(tx: Transaction, this: UUID, other: UUID) -> None:
    """Let a contact have the conversations of the one that is merged into it."""
    await tx.execute(MERGE, this, other)


async def erase(tx: Transaction, contact: UUID) -> int:
    """Forget what was said with a person, and where; gives how many messages that were."""
    return len(await tx.fetch(ERASE, contact))
