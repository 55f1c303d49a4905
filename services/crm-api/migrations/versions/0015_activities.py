"""Tasks as people work on them, activities, reminders, and the links of calendars."""

from chassis.migrations import run

revision = "0015"
down_revision = "0014"

TASKS = (
    """
    ALTER TABLE task
        ADD COLUMN department text,
        ADD COLUMN execution uuid,
        ADD COLUMN checklist jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN result text NOT NULL DEFAULT '',
        ADD COLUMN version int NOT NULL DEFAULT 1,
        ADD COLUMN changed_at timestamptz,
        ADD COLUMN changed_by text NOT NULL DEFAULT ''
    """,
    "CREATE INDEX task_of_person ON task (assignee, created_at, id) WHERE assignee IS NOT NULL",
    "CREATE INDEX task_of_role ON task (role, created_at, id) WHERE role IS NOT NULL",
    "CREATE INDEX task_of_department ON task (department, created_at, id) WHERE department IS NOT NULL",
    "ALTER TABLE question ADD COLUMN department text NOT NULL DEFAULT ''",
    "CREATE INDEX question_of_department ON question (department, asked_at) WHERE state = 'open' AND department <> ''",
)
ACTIVITIES = (
    # `sequence` counts what calendars must hear of, `version` every change.
    """
    CREATE TABLE activity (
        id uuid PRIMARY KEY,
        item uuid NOT NULL,
        kind text NOT NULL,
        subject text NOT NULL,
        description text NOT NULL,
        assignee text,
        participants jsonb NOT NULL,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz,
        zone text NOT NULL,
        place text NOT NULL,
        important boolean NOT NULL,
        auto_complete boolean NOT NULL,
        invite text NOT NULL,
        state text NOT NULL,
        result text NOT NULL,
        sequence int NOT NULL,
        version int NOT NULL,
        created_at timestamptz NOT NULL,
        created_by text NOT NULL,
        changed_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX activity_of_item ON activity (item, starts_at, id)",
    "CREATE INDEX activity_auto_complete ON activity (item) WHERE auto_complete AND state = 'planned'",
    "CREATE INDEX activity_participants ON activity USING gin (participants jsonb_path_ops)",
    # Who takes part of ours, by the moment: the calendar of each person.
    """
    CREATE TABLE activity_of (
        person text NOT NULL,
        starts_at timestamptz NOT NULL,
        activity uuid NOT NULL REFERENCES activity ON DELETE CASCADE,
        PRIMARY KEY (activity, person)
    )
    """,
    "CREATE INDEX activity_of_person ON activity_of (person, starts_at, activity)",
)
REMINDERS = (
    # `lead` is the interval before the activity, whose moments it follows; empty where it stands alone.
    """
    CREATE TABLE reminder (
        id uuid PRIMARY KEY,
        item uuid,
        activity uuid REFERENCES activity ON DELETE CASCADE,
        people text[] NOT NULL,
        text text NOT NULL,
        lead text NOT NULL,
        at timestamptz NOT NULL,
        state text NOT NULL,
        created_at timestamptz NOT NULL,
        created_by text NOT NULL
    )
    """,
    "CREATE INDEX reminder_of_item ON reminder (item, at, id) WHERE item IS NOT NULL",
    "CREATE INDEX reminder_of_activity ON reminder (activity) WHERE activity IS NOT NULL",
    "CREATE INDEX reminder_of_people ON reminder USING gin (people) WHERE state = 'planned'",
    "CREATE TABLE calendar_link (person text PRIMARY KEY, hash text NOT NULL UNIQUE, made_at timestamptz NOT NULL)",
)


def upgrade() -> None:
    """Make the tables."""
    run(*TASKS, *ACTIVITIES, *REMINDERS)
