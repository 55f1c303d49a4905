"""Conversations with clients in messengers: one for each chat, its messages in their order, and what they concern."""

from chassis.migrations import run

revision = "0019"
down_revision = "0018"

CHATS = (
    # `unanswered_since` is when the first message came that nobody has answered.
    """
    CREATE TABLE conversation (
        id uuid PRIMARY KEY,
        channel text NOT NULL,
        chat text NOT NULL UNIQUE,
        contact uuid,
        name text NOT NULL,
        began_at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        unanswered_since timestamptz,
        accepted_by text,
        answered_at timestamptz
    )
    """,
    "CREATE INDEX conversation_contact ON conversation (contact)",
    "CREATE INDEX conversation_order ON conversation (began_at, id)",
    """
    CREATE TABLE conversation_item (
        conversation uuid NOT NULL REFERENCES conversation ON DELETE CASCADE,
        item uuid NOT NULL,
        PRIMARY KEY (conversation, item)
    )
    """,
    "CREATE INDEX conversation_item_item ON conversation_item (item)",
    """
    CREATE TABLE chat_message (
        id uuid PRIMARY KEY,
        conversation uuid NOT NULL REFERENCES conversation ON DELETE CASCADE,
        way text NOT NULL,
        at timestamptz NOT NULL,
        author text NOT NULL,
        type text NOT NULL,
        text text NOT NULL,
        state text NOT NULL,
        version int NOT NULL DEFAULT 0,
        reason text NOT NULL DEFAULT ''
    )
    """,
    "CREATE INDEX chat_message_order ON chat_message (conversation, at, id)",
)


def upgrade() -> None:
    """Make the tables."""
    run(*CHATS)
