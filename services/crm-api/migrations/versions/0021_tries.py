"""Connections that are tried, and what came of it."""

from chassis.migrations import run

revision = "0021"
down_revision = "0020"

TRIES = (
    # `outcome` is null until a worker answers; `draft` tries a record that nobody has kept.
    """
    CREATE TABLE connection_try (
        id uuid PRIMARY KEY,
        connection text NOT NULL,
        provider text NOT NULL,
        draft boolean NOT NULL,
        asked_by text NOT NULL,
        asked_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        outcome text,
        words text NOT NULL,
        account jsonb NOT NULL,
        answered_at timestamptz
    )
    """,
    "CREATE INDEX connection_try_lately ON connection_try (connection, asked_at)",
    "CREATE INDEX connection_try_of ON connection_try (asked_by, asked_at)",
)


def upgrade() -> None:
    """Make the tables."""
    run(*TRIES)
