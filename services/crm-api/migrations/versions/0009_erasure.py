"""Lists of executions across items, and what finds all that is known of a person, to erase it for good."""

from chassis import schema
from chassis.migrations import run

revision = "0009"
down_revision = "0008"

EXECUTIONS = (
    """
    CREATE INDEX timeline_state_of_pipeline
    ON timeline ((body ->> 'state'), (body -> 'rule_set' ->> 'pipeline'), at, id) WHERE kind = 'rule'
    """,
    """
    CREATE INDEX timeline_state_of_rule ON timeline ((body ->> 'state'), (body ->> 'rule'), at, id) WHERE kind = 'rule'
    """,
)
PERSONS = (
    # Of signals, the keyed hashes by which a person is known who need not be a contact.
    "ALTER TABLE signal ADD COLUMN identities text[] NOT NULL DEFAULT '{}'",
    "CREATE INDEX signal_identities ON signal USING gin (identities)",
    "CREATE INDEX signal_item_item ON signal_item (item)",
    "CREATE INDEX journal_key ON journal (key)",
    "CREATE INDEX journal_persons ON journal USING gin ((body -> 'persons'))",
    "CREATE INDEX document_item ON document (item)",
    "CREATE INDEX document_file ON document (file)",
)


def upgrade() -> None:
    """Make the tables."""
    run(*schema.ERASURE_1, *EXECUTIONS, *PERSONS)
