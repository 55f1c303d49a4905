"""What is fetched from other systems."""

from chassis.migrations import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    run()
