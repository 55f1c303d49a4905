"""The record: items, their links and identities, signals, commands, timeline, journal, files, tasks and config."""

from chassis import schema
from chassis.migrations import run

revision = "0001"
down_revision = None

CONFIG = (
    # The row under whose lock config changes are numbered.
    "CREATE TABLE last_revision (one boolean PRIMARY KEY DEFAULT true CHECK (one), value bigint NOT NULL)",
    "INSERT INTO last_revision VALUES (true, 0)",
)
ITEMS = (
    """
    CREATE TABLE item (
        id uuid PRIMARY KEY,
        type text NOT NULL,
        pipeline text NOT NULL,
        stage text NOT NULL,
        version bigint NOT NULL,
        activation int NOT NULL,
        entered_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL,
        title text NOT NULL,
        responsible text,
        fields jsonb NOT NULL,
        incomplete boolean NOT NULL,
        deleted boolean NOT NULL,
        rule_set int NOT NULL,
        suppressed text
    ) WITH (fillfactor = 80)
    """,
    "CREATE INDEX item_place ON item (pipeline, stage, id)",
    """
    CREATE TABLE link (
        from_id uuid NOT NULL REFERENCES item,
        role text NOT NULL,
        to_id uuid NOT NULL REFERENCES item,
        to_type text NOT NULL,
        position int NOT NULL,
        PRIMARY KEY (from_id, role, to_id)
    )
    """,
    "CREATE INDEX link_to ON link (to_id)",
    """
    CREATE TABLE identity (
        kind text NOT NULL,
        value text NOT NULL,
        contact uuid NOT NULL REFERENCES item,
        PRIMARY KEY (kind, value, contact)
    )
    """,
    "CREATE INDEX identity_contact ON identity (contact)",
)
DECIDED = (
    """
    CREATE TABLE signal (
        id uuid PRIMARY KEY,
        kind text NOT NULL,
        source text NOT NULL,
        digest text NOT NULL,
        decided_at timestamptz NOT NULL
    )
    """,
    "CREATE TABLE signal_item (signal uuid NOT NULL REFERENCES signal, item uuid NOT NULL, PRIMARY KEY (signal, item))",
    """
    CREATE TABLE command (
        execution uuid NOT NULL,
        round int NOT NULL,
        outcome jsonb NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (execution, round)
    )
    """,
)
TOLD = (
    # The id of a rule's row is its execution's; every other line has an id of its own.
    """
    CREATE TABLE timeline (
        id uuid PRIMARY KEY,
        item uuid NOT NULL,
        at timestamptz NOT NULL,
        kind text NOT NULL,
        version bigint NOT NULL,
        body jsonb NOT NULL
    )
    """,
    "CREATE INDEX timeline_of_item ON timeline (item, at, id)",
    """
    CREATE TABLE journal (at timestamptz NOT NULL, kind text NOT NULL, key text NOT NULL, body jsonb NOT NULL)
    PARTITION BY RANGE (at)
    """,
    "CREATE INDEX journal_at ON journal (at)",
    "CREATE TABLE journal_rest PARTITION OF journal DEFAULT",
    # A month whose rows already lie in the rest stays there.
    """
    CREATE FUNCTION journal_partitions(first timestamptz, months int) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        month timestamp := date_trunc('month', first AT TIME ZONE 'UTC');
    BEGIN
        PERFORM pg_advisory_xact_lock(86421);
        FOR n IN 0..months - 1 LOOP
            BEGIN
                EXECUTE format(
                    'CREATE TABLE IF NOT EXISTS %I PARTITION OF journal FOR VALUES FROM (%L) TO (%L)',
                    'journal_' || to_char(month, 'YYYY_MM'),
                    month AT TIME ZONE 'UTC',
                    (month + interval '1 month') AT TIME ZONE 'UTC'
                );
            EXCEPTION WHEN check_violation THEN NULL;
            END;
            month := month + interval '1 month';
        END LOOP;
    END $$
    """,
    "SELECT journal_partitions(signalbox_now(), 3)",
)
PAPERS = (
    """
    CREATE TABLE file (
        hash text PRIMARY KEY,
        content_type text NOT NULL,
        bytes bytea NOT NULL,
        created_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE document (
        id uuid PRIMARY KEY,
        item uuid NOT NULL,
        template text NOT NULL,
        number text NOT NULL,
        title text NOT NULL,
        file text NOT NULL REFERENCES file,
        token text NOT NULL UNIQUE,
        created_at timestamptz NOT NULL
    )
    """,
    "CREATE TABLE counter (name text PRIMARY KEY, value bigint NOT NULL)",
    """
    CREATE TABLE task (
        id uuid PRIMARY KEY,
        item uuid NOT NULL,
        title text NOT NULL,
        description text NOT NULL,
        assignee text,
        role text,
        deadline timestamptz,
        status text NOT NULL,
        created_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX task_item ON task (item)",
)


def upgrade() -> None:
    """Make the tables."""
    run(*schema.CLOCK_1, *schema.OUTBOX_1, *schema.TIMERS_1, *schema.CONFIG_1)
    run(*CONFIG, *ITEMS, *DECIDED, *TOLD, *PAPERS)
