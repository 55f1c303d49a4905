"""What employees are asked, and what they answer."""

from chassis.migrations import run

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the tables."""
    run()
