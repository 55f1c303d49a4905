"""Who may ask: keys of programs, and the log of who did what."""

from chassis import schema
from chassis.migrations import run

revision = "0006"
down_revision = "0005"

KEYS = (
    # The secret itself is nowhere: only what its SHA-256 is.
    """
    CREATE TABLE api_key (
        id text PRIMARY KEY,
        person text NOT NULL,
        name text NOT NULL,
        digest bytea NOT NULL,
        scope jsonb,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        revoked_at timestamptz,
        last_used_at timestamptz
    )
    """,
    "CREATE INDEX api_key_person ON api_key (person, created_at, id)",
)
AUDIT = (
    """
    CREATE TABLE audit (
        id uuid PRIMARY KEY,
        at timestamptz NOT NULL,
        principal text NOT NULL,
        operation text NOT NULL,
        subject text NOT NULL,
        outcome text NOT NULL,
        address text NOT NULL,
        correlation uuid NOT NULL,
        detail jsonb NOT NULL
    )
    """,
    "CREATE INDEX audit_at ON audit (at, id)",
    "CREATE INDEX audit_principal ON audit (principal, at, id)",
    "CREATE INDEX audit_subject ON audit (subject, at, id)",
)
TASKS = (
    "CREATE INDEX task_assignee ON task (assignee, created_at, id)",
    "CREATE INDEX task_role ON task (role, created_at, id)",
)
# The months of the journal are made by whoever owns it, also when the service runs as a lesser role.
MONTHS = "ALTER FUNCTION journal_partitions(timestamptz, int) SECURITY DEFINER SET search_path = public, pg_temp"


def upgrade() -> None:
    """Make the tables."""
    run(*KEYS, *AUDIT, *schema.append_only("audit"), *TASKS, MONTHS)
