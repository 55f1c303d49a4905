"""How far an announcement is, and the tombstones of people who were erased."""

from chassis import schema
from chassis.migrations import run

revision = "0002"
down_revision = "0001"

ANNOUNCEMENT = (
    """
    CREATE TABLE announcement (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        after uuid NOT NULL,
        announced bigint NOT NULL,
        ended boolean NOT NULL
    )
    """,
)


def upgrade() -> None:
    """Make the tables; executions and signals are found by their items."""
    run(*schema.ERASURE_1, *ANNOUNCEMENT)
