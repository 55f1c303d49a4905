"""Simulations of drafts over recorded history, and what they found."""

from chassis.migrations import run

revision = "0013"
down_revision = "0012"

SIMULATIONS = (
    # The id is that of the job which runs it; the summary comes with its end.
    """
    CREATE TABLE simulation (
        id uuid PRIMARY KEY,
        pipeline text NOT NULL,
        rules text NOT NULL,
        begins_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        asked_by text NOT NULL,
        asked_at timestamptz NOT NULL,
        trial jsonb NOT NULL,
        summary jsonb
    )
    """,
    # Texts and values of clients: kept for a few days only, and gone with a person who is erased.
    """
    CREATE TABLE simulated_effect (
        simulation uuid NOT NULL REFERENCES simulation ON DELETE CASCADE,
        n int NOT NULL,
        item uuid NOT NULL,
        differs text[] NOT NULL,
        body jsonb NOT NULL,
        PRIMARY KEY (simulation, n)
    )
    """,
    "CREATE INDEX simulated_effect_of_item ON simulated_effect (item)",
)
# All config up to some moment is read along it.
CONFIG = ("CREATE INDEX journal_config ON journal (at) WHERE kind = 'crm.config.changed.v1'",)


def upgrade() -> None:
    """Make the tables."""
    run(*SIMULATIONS, *CONFIG)
