"""Executions in an order of columns that makes a dispatch cheap to log."""

from chassis.migrations import run

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables."""
    run()
