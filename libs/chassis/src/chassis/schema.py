"""The tables that the corridor needs in a service's database; a migration names the numbered ones that it makes.

What is published here never changes: a new shape is a new number and a migration of its own.
"""

CLOCK_1 = (
    'CREATE TABLE clock (one boolean PRIMARY KEY DEFAULT true CHECK (one), "offset" interval NOT NULL)',
    "INSERT INTO clock VALUES (true, '0')",
    "CREATE FUNCTION signalbox_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()'",
)
REHEARSAL_CLOCK = (
    "CREATE OR REPLACE FUNCTION signalbox_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS"
    " 'SELECT clock_timestamp() + \"offset\" FROM clock'"
)
PRODUCTION_CLOCK = (
    "CREATE OR REPLACE FUNCTION signalbox_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()'"
)
QUEUE = (
    "(autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 10000,"
    " autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off)"
)
OUTBOX_1 = (
    (
        "CREATE TABLE outbox (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, bucket smallint NOT NULL,"
        f" topic text NOT NULL, messages int NOT NULL, body bytea NOT NULL,"
        f" created_at timestamptz NOT NULL) WITH {QUEUE}"
    ),
)
# Chunks are read once and soon: to compress them, or to cut them into small pieces, costs more than to write them.
OUTBOX_2 = ("ALTER TABLE outbox ALTER body SET STORAGE EXTERNAL", "ALTER TABLE outbox SET (toast_tuple_target = 8160)")
TIMERS_1 = (
    (
        "CREATE TABLE timer (id uuid NOT NULL, lane text NOT NULL, due_at timestamptz NOT NULL, payload bytea NOT NULL,"
        f" PRIMARY KEY (lane, id)) WITH {QUEUE}"
    ),
    "CREATE INDEX timer_due ON timer (lane, due_at)",
)
# What is due must be looked for by its moment, whatever is known of the queue. Where it is known as almost empty, a
# planner finds it as cheap to walk any other index that holds the lane, with all that is dead in it, and to sort what
# is left. One of another collation keeps ids unique within a lane, and finds them, but answers no question about lanes.
TIMERS_2 = (
    "ALTER TABLE timer DROP CONSTRAINT timer_pkey",
    'CREATE UNIQUE INDEX timer_key ON timer (id, lane COLLATE "C")',
)
CONFIG_1 = (
    (
        "CREATE TABLE config (kind text NOT NULL, id text NOT NULL, revision bigint NOT NULL, deleted boolean NOT NULL,"
        " data jsonb NOT NULL, changed_by text NOT NULL, changed_at timestamptz NOT NULL, PRIMARY KEY (kind, id))"
    ),
    "CREATE UNIQUE INDEX config_revision ON config (revision)",
)
FRESHNESS_1 = (
    (
        "CREATE TABLE freshness (topic text NOT NULL, partition smallint NOT NULL,"
        " published_until timestamptz NOT NULL, PRIMARY KEY (topic, partition))"
    ),
)
# Readers of messages hold the lock together, an erasure holds it alone: what is being handled is written before the
# erasure looks for it, or sees its tombstones. The function takes a new snapshot behind the lock.
ERASURE_1 = (
    "CREATE TABLE tombstone (name text PRIMARY KEY, erased_at timestamptz NOT NULL)",
    (
        "CREATE FUNCTION tombstones(names text[]) RETURNS SETOF tombstone LANGUAGE plpgsql VOLATILE AS $$ BEGIN"
        " PERFORM pg_advisory_xact_lock_shared(23717);"
        " RETURN QUERY SELECT * FROM tombstone AS t WHERE t.name = ANY(names); END $$"
    ),
)


def append_only(table: str) -> tuple[str, ...]:
    """Give what makes a table refuse that its rows are changed or removed, whoever asks."""
    return (
        (
            f"CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION 'rows of {table} are only added' USING ERRCODE = 'insufficient_privilege'; END $$"
        ),
        (
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_stays()"
        ),
    )


# What a role may do that owns nothing; `migrate` says it anew each time, for the tables that are new.
ENTITLE = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
)
ADD_ONLY = "REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {{role}}"
