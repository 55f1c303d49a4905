"""What is known again of conversations after a restore, by their messages."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction

# A chat by SMS ends in the phone that an answer goes to.
OF_ADDRESS = (
    "SELECT id FROM conversation WHERE chat = $1 OR (starts_with($1, '+') AND chat LIKE '%:' || $1)"
    " ORDER BY last_at DESC LIMIT 1"
)
# What a client or an employee wrote, and who wrote before; what rules write answers nobody.
TURNS = (
    "SELECT id, conversation, at, way, lag(way) OVER (PARTITION BY conversation ORDER BY at, id) AS before"
    " FROM chat_message WHERE (way = 'in' OR author <> '')"
)
CONCERNS = (
    "INSERT INTO conversation_item SELECT m.conversation, s.item FROM chat_message m"
    " JOIN signal_item s ON s.signal = m.id WHERE m.conversation = ANY($1::uuid[]) ON CONFLICT DO NOTHING"
)
WITH = (
    "UPDATE conversation c SET contact = coalesce("
    "(SELECT n.contact FROM identity n WHERE n.kind = 'chat' AND n.value = c.chat ORDER BY n.contact LIMIT 1),"
    " (SELECT n.contact FROM identity n WHERE n.kind = 'phone' AND n.value = substring(c.chat FROM ':([+].*)$')"
    " ORDER BY n.contact LIMIT 1),"
    " (SELECT l.to_id FROM conversation_item x JOIN link l ON l.from_id = x.item AND l.role = 'contact'"
    " WHERE x.conversation = c.id ORDER BY l.to_id LIMIT 1), c.contact) WHERE c.id = ANY($1::uuid[])"
)
WAITS = (
    "WITH told AS (SELECT m.conversation, max(m.at) AS last_at, max(m.at) FILTER (WHERE m.way = 'out') AS answered_at"
    f" FROM ({TURNS} AND conversation = ANY($1::uuid[])) m GROUP BY 1)"
    " UPDATE conversation c SET last_at = greatest(c.last_at, t.last_at),"
    " answered_at = greatest(c.answered_at, t.answered_at), unanswered_since = (SELECT min(m.at) FROM chat_message m"
    " WHERE m.conversation = c.id AND m.way = 'in'"
    " AND m.at >= coalesce(greatest(c.answered_at, t.answered_at), '-infinity'))"
    " FROM told t WHERE t.conversation = c.id"
)
# Who waits anew is not taken care of yet.
FREED = (
    "UPDATE conversation SET accepted_by = NULL WHERE id IN (SELECT m.conversation"
    f" FROM ({TURNS} AND conversation = ANY($1::uuid[])) m"
    " WHERE m.way = 'in' AND m.before = 'out' AND m.id = ANY($2::uuid[]))"
)
ACCEPTED = (
    "UPDATE conversation c SET accepted_by = $2 WHERE c.chat = $1 AND NOT EXISTS (SELECT"
    f" FROM ({TURNS}) m WHERE m.conversation = c.id AND m.way = 'in' AND m.before = 'out' AND m.at > $3)"
)


async def of_address(tx: Transaction, address: str) -> UUID | None:
    """Give the conversation in a chat, or with a phone."""
    found: UUID | None = await tx.fetchval(OF_ADDRESS, address)
    return found


async def settle(tx: Transaction, conversations: Collection[UUID], added: Collection[UUID]) -> None:
    """Note whom and what conversations concern and who waits, where these messages were added."""
    ids = list(conversations)
    await tx.execute(CONCERNS, ids)
    await tx.execute(WITH, ids)
    await tx.execute(WAITS, ids)
    await tx.execute(FREED, ids, list(added))


async def accepted(tx: Transaction, chat: str, person: str, at: datetime) -> None:
    """Note who took care of a conversation, unless its client has waited anew since."""
    await tx.execute(ACCEPTED, chat, person, at)
