"""What employees are asked, and what they answer."""

from chassis.migrations import run

revision = "0012"
down_revision = "0011"

QUESTIONS = (
    # `activation` is the stay in a stage that it belongs to; without one it outlives the stage.
    """
    CREATE TABLE question (
        id uuid PRIMARY KEY,
        execution uuid NOT NULL,
        round int NOT NULL,
        item uuid NOT NULL,
        activation int,
        text text NOT NULL,
        people text[] NOT NULL,
        role text NOT NULL,
        asked jsonb NOT NULL,
        deadline timestamptz,
        asked_at timestamptz NOT NULL,
        state text NOT NULL,
        answered_at timestamptz,
        answered_by text,
        answers jsonb NOT NULL
    )
    """,
    "CREATE INDEX question_item ON question (item, asked_at)",
    "CREATE INDEX question_of_people ON question USING gin (people) WHERE state = 'open'",
    "CREATE INDEX question_of_role ON question (role, asked_at) WHERE state = 'open' AND role <> ''",
)


def upgrade() -> None:
    """Make the tables."""
    run(*QUESTIONS)
