"""The tombstones of people who were erased; effects are found by their items too."""

from chassis import schema
from chassis.migrations import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table and the index."""
    run(*schema.ERASURE_1, "CREATE INDEX effect_item ON effect (item)")
