"""Links that name a visitor."""

from chassis.migrations import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
    run()
