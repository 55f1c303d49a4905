"""The ledger: effects and their attempts."""

from chassis import schema
from chassis.migrations import run

revision = "0001"
down_revision = None

LEDGER = (
    """
    CREATE TABLE effect (
        id uuid PRIMARY KEY,
        execution uuid NOT NULL,
        kind text NOT NULL,
        action text NOT NULL,
        item uuid NOT NULL,
        activation int NOT NULL,
        round int NOT NULL,
        effects int NOT NULL,
        recipient jsonb NOT NULL,
        connection text NOT NULL,
        params jsonb NOT NULL,
        asked_at timestamptz NOT NULL,
        not_before timestamptz NOT NULL,
        expires_at timestamptz,
        at_least_once boolean NOT NULL,
        repeatable boolean NOT NULL,
        last_attempt int NOT NULL,
        cause jsonb NOT NULL,
        at timestamptz NOT NULL,
        state text NOT NULL,
        version int NOT NULL,
        attempts int NOT NULL,
        claimed_until timestamptz,
        withdrawn text NOT NULL,
        doubled boolean NOT NULL,
        reason text NOT NULL,
        reference text NOT NULL,
        results jsonb NOT NULL,
        persons uuid[] NOT NULL
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX effect_planned ON effect (kind, not_before) WHERE state = 'planned'",
    "CREATE INDEX effect_of_execution ON effect (execution)",
    # Where a person can act.
    "CREATE INDEX effect_open ON effect (state, at) WHERE state IN ('failed', 'uncertain')",
    "CREATE INDEX effect_persons ON effect USING gin (persons)",
    """
    CREATE TABLE attempt (
        effect uuid NOT NULL REFERENCES effect ON DELETE CASCADE,
        number int NOT NULL,
        started_at timestamptz NOT NULL,
        ended_at timestamptz,
        outcome text,
        detail text NOT NULL DEFAULT '',
        PRIMARY KEY (effect, number)
    )
    """,
)


def upgrade() -> None:
    """Make the tables."""
    run(*schema.CLOCK_1, *schema.OUTBOX_1, *schema.TIMERS_1, *schema.CONFIG_1)
    run(*LEDGER)
