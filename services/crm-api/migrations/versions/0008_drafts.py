"""Pipelines while they are edited, and their published versions."""

from chassis.migrations import run

revision = "0008"
down_revision = "0007"

DRAFTS = (
    # Numbers of drafts never come again, so that who edited a draft that is gone does not overwrite the next one.
    "CREATE SEQUENCE draft_version",
    # `ids` are the lasting ids of the rules, by stage and key; `base` the number of what was published when it began.
    """
    CREATE TABLE pipeline_draft (
        pipeline text PRIMARY KEY,
        version bigint NOT NULL,
        base int NOT NULL,
        document jsonb NOT NULL,
        ids jsonb NOT NULL,
        saved_by text NOT NULL,
        saved_at timestamptz NOT NULL
    )
    """,
)
VERSIONS = (
    """
    CREATE TABLE pipeline_version (
        pipeline text NOT NULL,
        number int NOT NULL,
        waiting text NOT NULL,
        words jsonb NOT NULL,
        overridden jsonb NOT NULL,
        document jsonb NOT NULL,
        published_by text NOT NULL,
        published_at timestamptz NOT NULL,
        PRIMARY KEY (pipeline, number)
    )
    """,
)
# Which executions wait on what is published: asked before each publish.
WAITING = (
    """
    CREATE INDEX timeline_waiting ON timeline ((body -> 'rule_set' ->> 'pipeline'), id)
    WHERE kind = 'rule' AND body ->> 'state' IN
        ('waiting', 'waiting_for_date', 'waiting_for_previous', 'waiting_for_signal')
    """,
)


def upgrade() -> None:
    """Make the tables."""
    run(*DRAFTS, *VERSIONS, *WAITING)
