"""Deliveries as they came, those set aside, and the tables of the corridor."""

from chassis import schema
from chassis.migrations import run

revision = "0001"
down_revision = None

DELIVERY_COLUMNS = (
    "id uuid PRIMARY KEY, source text NOT NULL, delivery text NOT NULL, digest text NOT NULL, signal uuid,"
    " body bytea NOT NULL, headers jsonb NOT NULL, received_at timestamptz NOT NULL,"
    " persons uuid[] NOT NULL DEFAULT '{}', identities text[] NOT NULL DEFAULT '{}'"
)


def upgrade() -> None:
    """Make the tables; raw rows are found by the people whose data they hold."""
    run(*schema.CLOCK_1, *schema.OUTBOX_1, *schema.CONFIG_1)
    run(f"CREATE TABLE delivery ({DELIVERY_COLUMNS}, repeats int NOT NULL DEFAULT 0, UNIQUE (source, delivery))")
    run(f"CREATE TABLE quarantined ({DELIVERY_COLUMNS}, UNIQUE (source, delivery, digest))")
    for table in ("delivery", "quarantined"):
        run(f"CREATE INDEX {table}_persons ON {table} USING gin (persons)")
        run(f"CREATE INDEX {table}_identities ON {table} USING gin (identities)")
