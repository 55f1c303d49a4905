"""Documents: versions, and links that end."""

from chassis.migrations import run

revision = "0018"
down_revision = "0017"

DOCUMENTS = (
    # Without a file it is only numbered: the worker that makes it has not come to its end.
    "ALTER TABLE document ALTER COLUMN file DROP NOT NULL",
    """
    ALTER TABLE document
        ADD COLUMN version int NOT NULL DEFAULT 1,
        ADD COLUMN name text NOT NULL DEFAULT '',
        ADD COLUMN content_type text NOT NULL DEFAULT '',
        ADD COLUMN made_by text NOT NULL DEFAULT '',
        ADD COLUMN expires_at timestamptz,
        ADD COLUMN revoked_at timestamptz
    """,
    "CREATE UNIQUE INDEX document_number ON document (template, number, version)",
    "DROP INDEX document_item",
    "CREATE INDEX document_item ON document (item, created_at, id)",
)


def upgrade() -> None:
    """Make the columns."""
    run(*DOCUMENTS)
