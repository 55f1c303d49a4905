"""Accounts at providers, with their limits and breakers."""

from chassis.migrations import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    run()
