"""What people act on: signals held for a person, executions by state."""

from chassis.migrations import run

revision = "0002"
down_revision = "0001"

SIGNALS = (
    # `applied`, `created`, `ignored` or `held`; a held one is kept whole, for the person who decides.
    # `causation` is the message that brought the signal: the same one coming again is no repeated delivery.
    "ALTER TABLE signal ADD COLUMN decision text NOT NULL DEFAULT 'applied', ADD COLUMN held jsonb, ADD COLUMN causation uuid",
    "CREATE INDEX signal_held ON signal (decided_at, id) WHERE decision = 'held'",
)
EXECUTIONS = ("CREATE INDEX timeline_state ON timeline ((body ->> 'state'), at, id) WHERE kind = 'rule'",)


def upgrade() -> None:
    """Make the columns and indexes."""
    run(*SIGNALS, *EXECUTIONS)
