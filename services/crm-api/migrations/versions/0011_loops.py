"""Chains that were stopped because they went in circles, what people are told, and bulk applies."""

from chassis.migrations import run

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the tables."""
    run()
