"""A copy of the workers' list of addresses that are written to no more, for people to read."""

from chassis.migrations import run

revision = "0023"
down_revision = "0022"

SUPPRESSIONS = (
    # The address is a hash, as in the workers' list: nothing here tells who is meant.
    """
    CREATE TABLE suppression (
        address text COLLATE "C" PRIMARY KEY,
        way text NOT NULL,
        kind text NOT NULL,
        reason text NOT NULL,
        since timestamptz NOT NULL
    )
    """,
    "CREATE INDEX suppression_since ON suppression (since, address)",
)


def upgrade() -> None:
    """Make the table."""
    run(*SUPPRESSIONS)
