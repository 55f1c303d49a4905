"""What people act on: signals held for a person, executions listed by state; and documents numbered before written."""

from chassis.migrations import run

revision = "0002"
down_revision = "0001"

SIGNALS = (
    # `applied`, `created`, `ignored` or `held`; a held one is kept whole, for the person who decides.
    "ALTER TABLE signal ADD COLUMN decision text NOT NULL DEFAULT 'applied', ADD COLUMN held jsonb",
    "CREATE INDEX signal_held ON signal (decided_at, id) WHERE decision = 'held'",
)
EXECUTIONS = ("CREATE INDEX timeline_state ON timeline ((body ->> 'state'), at, id) WHERE kind = 'rule'",)
DOCUMENTS = (
    # The number stands in the text, so it is given before the file exists.
    "ALTER TABLE document ALTER COLUMN file DROP NOT NULL",
)


def upgrade() -> None:
    """Make the columns and indexes."""
    run(*SIGNALS, *EXECUTIONS, *DOCUMENTS)
