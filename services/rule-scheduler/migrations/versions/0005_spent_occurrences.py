"""Occurrences of rules that recur, once over and followed by others: kept, but not read with every event."""

from chassis.migrations import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Mark what is spent."""
    run("ALTER TABLE execution ADD COLUMN spent boolean NOT NULL DEFAULT false")
