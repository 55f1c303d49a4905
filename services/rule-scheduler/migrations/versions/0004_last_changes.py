"""When an item was last changed: what a rule on a stay without change counts from."""

from chassis.migrations import run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the moment to the copies."""
    run("ALTER TABLE item_copy ADD COLUMN changed_at timestamptz")
