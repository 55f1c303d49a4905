"""Every table of the corridor, and a small one of a pretended service."""

from chassis import schema
from chassis.migrations import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    run(*schema.CLOCK_1, *schema.OUTBOX_1, *schema.TIMERS_1, *schema.CONFIG_1)
    run(*schema.FRESHNESS_1, *schema.ERASURE_1)
    run("CREATE TABLE handled (seq bigint GENERATED ALWAYS AS IDENTITY, item uuid, version bigint, note text)")
