"""Simulations of drafts over recorded history, and what they found."""

from chassis.migrations import run

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the tables."""
    run()
