"""The outbox keeps its chunks whole."""

from chassis import schema
from chassis.migrations import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Shape the table."""
    run(*schema.OUTBOX_2)
