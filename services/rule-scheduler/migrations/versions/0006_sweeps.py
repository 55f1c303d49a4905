"""Jobs that touch many: what must be computed again because calendars, zones, people or much linked items changed."""

from chassis.migrations import run

revision = "0006"
down_revision = "0005"

SWEEP = (
    # Items are walked by their ids: `after` is the last one that was looked at, `until` where this stretch ends, and
    # `again` the end of the stretch from the very first that follows it, where a change came in the middle of a walk.
    # `noticed` is a transaction after all of those that may not have seen the change.
    """
    CREATE TABLE sweep (
        kind text NOT NULL,
        id text NOT NULL,
        revision bigint NOT NULL,
        fingerprint text NOT NULL,
        words text NOT NULL,
        noticed xid8 NOT NULL,
        after uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
        until uuid NOT NULL DEFAULT 'ffffffff-ffff-ffff-ffff-ffffffffffff',
        again uuid,
        ended boolean NOT NULL DEFAULT false,
        computed bigint NOT NULL DEFAULT 0,
        moved bigint NOT NULL DEFAULT 0,
        began_at timestamptz NOT NULL,
        PRIMARY KEY (kind, id)
    )
    """,
    "CREATE INDEX sweep_open ON sweep (kind, id) WHERE NOT ended",
)
# What links to one item is walked in the order of the ids, without sorting all of it for each chunk.
LINKS = (
    "CREATE INDEX item_link_to_from ON item_link (to_id, from_id)",
    "DROP INDEX item_link_to",
)


def upgrade() -> None:
    """Make the tables."""
    run(*SWEEP, *LINKS)
