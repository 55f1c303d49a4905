"""Connections that are tried, and what came of it."""

from chassis.migrations import run

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Make the tables."""
    run()
