"""What a dispatch makes of a row stands beside it, and is written once, small, and told as it is."""

from chassis.migrations import run

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Shape the table."""
    run("ALTER TABLE execution ADD dispatched text")
