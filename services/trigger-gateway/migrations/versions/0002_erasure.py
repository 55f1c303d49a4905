"""The tombstones of people who were erased; deliveries are found by their signals too."""

from chassis import schema
from chassis.migrations import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table and the indexes."""
    run(*schema.ERASURE_1)
    for table in ("delivery", "quarantined"):
        run(f"CREATE INDEX {table}_signal ON {table} (signal)")
