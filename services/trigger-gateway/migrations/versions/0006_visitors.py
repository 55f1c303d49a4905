"""Visitors who agreed to be known."""

from chassis.migrations import run

revision = "0006"
down_revision = "0005"

# The id is a hash of what the browser holds; `known` are the identities, `identities` their keyed hashes.
VISITOR = """
    CREATE TABLE visitor (
        id text PRIMARY KEY,
        known jsonb NOT NULL,
        identities text[] NOT NULL,
        known_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL
    ) WITH (fillfactor = 80)
"""


def upgrade() -> None:
    """Make the table; visitors are found by who they are, and by when they were last here."""
    run(VISITOR)
    run("CREATE INDEX visitor_identities ON visitor USING gin (identities)")
    run("CREATE INDEX visitor_seen ON visitor (seen_at)")
