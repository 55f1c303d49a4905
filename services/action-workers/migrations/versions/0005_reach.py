"""Addresses that are written to no more, and what was sent to whom where that is limited."""

from chassis.migrations import run

revision = "0005"
down_revision = "0004"

REACH = (
    # The address is kept as a hash: it stays when the person is erased, and tells nobody who they were.
    """
    CREATE TABLE suppressed (
        address text PRIMARY KEY,
        reason text NOT NULL,
        since timestamptz NOT NULL
    )
    """,
    "CREATE TABLE reached (effect uuid PRIMARY KEY, contact uuid NOT NULL, kind text NOT NULL, at timestamptz NOT NULL)",
    "CREATE INDEX reached_contact ON reached (contact, kind, at)",
    "CREATE INDEX reached_at ON reached (kind, at)",
)


def upgrade() -> None:
    """Make the tables."""
    run(*REACH)
