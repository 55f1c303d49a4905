"""Chains that were stopped because they went in circles, what people are told, and when rules were first due."""

from chassis.migrations import run

revision = "0011"
down_revision = "0010"

LOOPS = (
    # What automation moved, as far as it is counted: the last 24 hours, and the last chain of each item. `hops` is 0
    # where a person began the chain.
    """
    CREATE TABLE automated_entry (
        item uuid NOT NULL,
        pipeline text NOT NULL,
        stage text NOT NULL,
        at timestamptz NOT NULL,
        correlation uuid NOT NULL,
        hops int NOT NULL,
        why text NOT NULL
    )
    """,
    "CREATE INDEX automated_entry_of_item ON automated_entry (item, pipeline, stage, at)",
    # The id derives from the chain's; `told` is who was told, `times` how often the chain was stopped.
    """
    CREATE TABLE loop (
        id uuid PRIMARY KEY,
        kind text NOT NULL,
        item uuid NOT NULL,
        correlation uuid NOT NULL,
        pipeline text NOT NULL,
        stage text NOT NULL,
        activation int NOT NULL,
        hops int NOT NULL,
        words text NOT NULL,
        why text NOT NULL,
        told text NOT NULL,
        state text NOT NULL,
        times int NOT NULL DEFAULT 1,
        refused int NOT NULL DEFAULT 1,
        at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        released_by text NOT NULL DEFAULT '',
        released_at timestamptz
    )
    """,
    "CREATE INDEX loop_state ON loop (state, at, id)",
    "CREATE INDEX loop_of_item ON loop (item) WHERE state = 'stopped'",
)
NOTICES = (
    """
    CREATE TABLE notice (
        id uuid PRIMARY KEY,
        person text NOT NULL,
        item uuid,
        text text NOT NULL,
        sender text NOT NULL,
        at timestamptz NOT NULL,
        read_at timestamptz
    )
    """,
    "CREATE INDEX notice_of_person ON notice (person, (read_at IS NOT NULL), at DESC, id DESC)",
    "CREATE INDEX notice_item ON notice (item)",
)
# When a rule was due before it came late; a report of an outage reads along it.
DUE = (
    "ALTER TABLE timeline ADD COLUMN due_at timestamptz",
    "UPDATE timeline SET due_at = (body ->> 'due_at')::timestamptz WHERE kind = 'rule'",
    "CREATE INDEX timeline_due ON timeline (due_at, id) WHERE due_at IS NOT NULL",
)


def upgrade() -> None:
    """Make the tables."""
    run(*LOOPS, *NOTICES, *DUE)
