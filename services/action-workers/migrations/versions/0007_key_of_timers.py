"""Timers are found by their moment, or by their id, and by nothing else."""

from chassis import schema
from chassis.migrations import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Shape the table."""
    run(*schema.TIMERS_2)
