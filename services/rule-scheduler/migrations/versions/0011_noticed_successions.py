"""Publishes that migrate or cancel what waits see what was planned by the rule set before while they came."""

from chassis.migrations import run

revision = "0011"
down_revision = "0010"

# As of a sweep: a transaction after all of those that may not have seen the publish. Of those that are known all ended.
NOTICED = ("ALTER TABLE succession ADD COLUMN noticed xid8 NOT NULL DEFAULT '0'",)


def upgrade() -> None:
    """Shape the table."""
    run(*NOTICED)
