"""What contacts agreed to and refused; what holds now travels with the contact itself."""

from chassis.migrations import run

revision = "0020"
down_revision = "0019"

CONSENTS = (
    """
    CREATE TABLE consent (
        id uuid PRIMARY KEY,
        contact uuid NOT NULL,
        channel text NOT NULL,
        state text NOT NULL,
        source text NOT NULL,
        text text NOT NULL,
        version text NOT NULL,
        said_by text NOT NULL,
        signal uuid,
        at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX consent_contact ON consent (contact, at)",
)


def upgrade() -> None:
    """Make the table; rows are only ever added."""
    run(*CONSENTS)
