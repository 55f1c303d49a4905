"""What recovery needs to make conversations anew."""

from chassis.migrations import run

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Make the tables."""
    run()
