"""What types need beside the config: values that are held once, and what each person wants to see."""

from chassis.migrations import run

revision = "0003"
down_revision = "0002"

TYPES = (
    # What is asked of all items of a type: which of them hold a value that a changed type would lose.
    "CREATE INDEX item_of_type ON item (type, id)",
    # No foreign key: a value is taken before its item is written.
    """
    CREATE TABLE unique_value (
        type text NOT NULL,
        field text NOT NULL,
        value text NOT NULL,
        item uuid NOT NULL,
        PRIMARY KEY (type, field, value)
    )
    """,
    """
    CREATE TABLE person_view (
        person text NOT NULL,
        type text NOT NULL,
        name text NOT NULL,
        fields text[] NOT NULL,
        PRIMARY KEY (person, type, name)
    )
    """,
)


def upgrade() -> None:
    """Make the tables."""
    run(*TYPES)
