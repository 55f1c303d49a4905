"""Triggers that wait until their item has been quiet."""

from chassis.migrations import run

revision = "0022"
down_revision = "0021"

GATHERINGS = (
    # What one trigger has gathered of one item; the moments at which items are looked at are timers by the item's id.
    # `before` is the item before the first signal, `cause` what the last one follows from.
    """
    CREATE TABLE settling (
        item uuid NOT NULL,
        trigger uuid NOT NULL,
        stage text NOT NULL,
        pipeline text NOT NULL,
        before jsonb NOT NULL,
        began_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        signals jsonb NOT NULL,
        size int NOT NULL,
        cause jsonb NOT NULL,
        PRIMARY KEY (item, trigger, stage)
    )
    """,
)


def upgrade() -> None:
    """Make the tables."""
    run(*GATHERINGS)
