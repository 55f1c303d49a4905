"""Work in the background: jobs, how far they are, and which rows they could not do."""

from chassis.migrations import run

revision = "0005"
down_revision = "0004"

JOBS = (
    """
    CREATE TABLE job (
        id uuid PRIMARY KEY,
        kind text NOT NULL,
        state text NOT NULL,
        params jsonb NOT NULL,
        cursor jsonb NOT NULL,
        done bigint NOT NULL DEFAULT 0,
        total bigint,
        counts jsonb NOT NULL DEFAULT '{}',
        problems bigint NOT NULL DEFAULT 0,
        reason text NOT NULL DEFAULT '',
        asked_by text NOT NULL,
        operator boolean NOT NULL,
        created_at timestamptz NOT NULL,
        started_at timestamptz,
        ended_at timestamptz
    ) WITH (fillfactor = 50)
    """,
    "CREATE INDEX job_asked_by ON job (asked_by, id)",
    # A row of a file is told by its number, and its column where there is one.
    """
    CREATE TABLE job_problem (
        job uuid NOT NULL REFERENCES job ON DELETE CASCADE,
        n bigint GENERATED ALWAYS AS IDENTITY,
        row bigint NOT NULL,
        "column" text NOT NULL,
        problem text NOT NULL,
        fix text NOT NULL,
        PRIMARY KEY (job, n)
    )
    """,
)


def upgrade() -> None:
    """Make the tables."""
    run(*JOBS)
