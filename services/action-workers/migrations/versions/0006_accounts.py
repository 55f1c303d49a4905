"""Accounts at providers, with their limits and breakers."""

from chassis.migrations import run

revision = "0006"
down_revision = "0005"

ACCOUNTS = (
    # `?`: what account it goes through is found out when it is claimed.
    "ALTER TABLE effect ADD COLUMN account text COLLATE \"C\" NOT NULL DEFAULT '?'",
    "ALTER TABLE effect ADD COLUMN rule uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'",
    # A claim looks at the head of each rule in each account, and at nothing that waits behind it.
    "DROP INDEX effect_planned",
    "CREATE INDEX effect_planned ON effect (kind, account, rule, not_before) WHERE state = 'planned'",
    "CREATE INDEX effect_running ON effect (account) WHERE state = 'claimed'",
    # Only accounts with limits, and those that were ever in trouble; see `traffic/standing.py`.
    """
    CREATE TABLE account (
        account text COLLATE "C" PRIMARY KEY,
        line_empty_at timestamptz,
        busy_until timestamptz,
        closed_until timestamptz,
        failures int NOT NULL DEFAULT 0,
        closings int NOT NULL DEFAULT 0,
        probe uuid,
        why text NOT NULL DEFAULT ''
    ) WITH (fillfactor = 50)
    """,
)


def upgrade() -> None:
    """Make the tables."""
    run(*ACCOUNTS)
