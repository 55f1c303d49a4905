"""What rules do inside: whose turn it was last, and the open items of a person."""

from chassis.migrations import run

revision = "0010"
down_revision = "0009"

TURNS = (
    # Whoever takes a turn locks its row; `name` says among whom, `last` who had it.
    "CREATE TABLE turn (name text PRIMARY KEY, last text NOT NULL DEFAULT '')",
    """
    CREATE INDEX item_of_responsible ON item (responsible, pipeline, stage)
    WHERE responsible IS NOT NULL AND NOT deleted
    """,
)


def upgrade() -> None:
    """Make the tables."""
    run(*TURNS)
