"""Triggers that wait until their item has been quiet."""

from chassis.migrations import run

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Make the tables."""
    run()
