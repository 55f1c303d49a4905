"""Deliveries that are looked at, replayed and forgotten, and how often each source came in or was refused."""

from chassis.migrations import run

revision = "0004"
down_revision = "0003"

COUNT = (
    "CREATE TABLE door_count (source text NOT NULL, outcome text NOT NULL, reason text NOT NULL,"
    " count bigint NOT NULL, last_at timestamptz NOT NULL, PRIMARY KEY (source, outcome, reason))"
)


def upgrade() -> None:
    """Make the table of counts, and the ways to deliveries of a source and to old ones."""
    run(COUNT)
    for table in ("delivery", "quarantined"):
        run(f"CREATE INDEX {table}_received ON {table} (source, received_at, id)")
        # Rows lie in the order in which they came, so that a summary of pages finds the old ones.
        run(f"CREATE INDEX {table}_age ON {table} USING brin (received_at)")
