"""Who is in which audience and why, who waits for it, and where the items stand that this depends on."""

from chassis.migrations import run

revision = "0004"
down_revision = "0003"

TABLES = (
    # `people` are the hashes that the platform holds; `removal` is the effect that takes them out.
    """
    CREATE TABLE audience_member (
        connection text NOT NULL,
        audience text NOT NULL,
        contact uuid NOT NULL,
        people jsonb NOT NULL DEFAULT '[]',
        settings jsonb NOT NULL DEFAULT '{}',
        removal uuid,
        left_at timestamptz,
        PRIMARY KEY (connection, audience, contact)
    )
    """,
    "CREATE INDEX audience_member_contact ON audience_member (contact)",
    # One for each effect that added; without one left, the member leaves.
    """
    CREATE TABLE audience_reason (
        effect uuid PRIMARY KEY,
        connection text NOT NULL,
        audience text NOT NULL,
        contact uuid NOT NULL,
        item uuid NOT NULL,
        activation int NOT NULL,
        remove_when text NOT NULL
    )
    """,
    "CREATE INDEX audience_reason_member ON audience_reason (connection, audience, contact)",
    "CREATE INDEX audience_reason_item ON audience_reason (item) WHERE remove_when <> ''",
    # The last activation heard of, and the last in a stage of success or failure.
    """
    CREATE TABLE item_stand (
        item uuid PRIMARY KEY,
        activation int NOT NULL DEFAULT 0,
        success int NOT NULL DEFAULT 0,
        failure int NOT NULL DEFAULT 0,
        deleted boolean NOT NULL DEFAULT false
    ) WITH (fillfactor = 80)
    """,
    # Requests that a platform took and works on: when to ask how they came out.
    "CREATE TABLE audience_request (effect uuid PRIMARY KEY, ask_at timestamptz NOT NULL, asked int NOT NULL DEFAULT 0)",
    "CREATE INDEX audience_request_ask_at ON audience_request (ask_at)",
    "CREATE INDEX effect_buffered ON effect (kind, connection, asked_at) WHERE state = 'buffered'",
)


def upgrade() -> None:
    """Make the tables."""
    run(*TABLES)
