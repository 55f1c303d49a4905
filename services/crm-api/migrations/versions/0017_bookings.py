"""Bookings of resources: no two of one resource overlap."""

from chassis.migrations import run

revision = "0017"
down_revision = "0016"

BOOKINGS = (
    # A text as a range of itself: its equality is an overlap, which an exclusion knows without any extension.
    'CREATE TYPE resource_range AS RANGE (subtype = text, collation = "C")',
    """
    CREATE TABLE booking (
        id uuid PRIMARY KEY,
        resource text NOT NULL,
        item uuid NOT NULL,
        during tstzrange NOT NULL,
        note text NOT NULL,
        made_by text NOT NULL,
        at timestamptz NOT NULL,
        cancelled_at timestamptz,
        CONSTRAINT booking_overlaps EXCLUDE USING gist
            (resource_range(resource, resource, '[]') WITH &&, during WITH &&) WHERE (cancelled_at IS NULL)
    )
    """,
    "CREATE INDEX booking_item ON booking (item, at, id)",
)


def upgrade() -> None:
    """Make the table."""
    run(*BOOKINGS)
