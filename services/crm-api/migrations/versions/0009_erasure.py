"""Lists of executions across items, and what is gone for good."""

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


def upgrade() -> None:
    """Make the tables."""
    run(*EXECUTIONS)
