"""Jobs that touch many: what must be computed again because calendars or people changed."""

from chassis.migrations import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    run()
