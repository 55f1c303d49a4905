"""What lists, boards and searches read: totals of stages, and fields in the order of their values."""

from chassis.migrations import run
from chassis.schema import QUEUE

revision = "0004"
down_revision = "0003"

PLACE = "type text NOT NULL, pipeline text NOT NULL, stage text NOT NULL, responsible text NOT NULL"
SUMS = "count bigint NOT NULL, amount numeric NOT NULL"
TOTALS = (
    # `responsible` and `currency` are empty where an item has none.
    f"""
    CREATE TABLE total (
        {PLACE}, currency text NOT NULL, {SUMS}, PRIMARY KEY (pipeline, stage, type, responsible, currency)
    ) WITH (fillfactor = 70)
    """,
    # What changed since: rows are only added, so that no two changes wait for one another; a task folds them in.
    f"""
    CREATE TABLE total_delta (
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {PLACE}, currency text NOT NULL, {SUMS}
    ) WITH {QUEUE}
    """,
    """
    CREATE VIEW standing AS
        SELECT type, pipeline, stage, nullif(responsible, '') AS responsible, currency, count, amount FROM total
        UNION ALL
        SELECT type, pipeline, stage, nullif(responsible, ''), currency, count, amount FROM total_delta
    """,
    # The types whose items are counted and found by their values, each with the field that is summed.
    "CREATE TABLE counted (type text PRIMARY KEY, amount text NOT NULL)",
    # Whoever changes items has them locked: behind the table's lock nothing is on its way. It gives up soon, since
    # all who come later wait behind it.
    """
    CREATE FUNCTION recount(of_type text, summed text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM set_config('lock_timeout', '2s', true), pg_advisory_xact_lock(86422);
        LOCK TABLE item IN EXCLUSIVE MODE;
        DELETE FROM total_delta WHERE type = of_type;
        DELETE FROM total WHERE type = of_type;
        INSERT INTO total
            SELECT type, pipeline, stage, coalesce(responsible, ''), coalesce(split_part(money, ' ', 2), ''),
                count(*), coalesce(sum(split_part(money, ' ', 1)::numeric), 0)
            FROM (
                SELECT *, CASE WHEN jsonb_typeof(fields -> summed) = 'string' THEN fields ->> summed END AS money
                FROM item WHERE type = of_type AND NOT deleted
            ) AS own
            GROUP BY 1, 2, 3, 4, 5;
        INSERT INTO counted VALUES (of_type, summed) ON CONFLICT (type) DO UPDATE SET amount = excluded.amount;
    END $$
    """,
)
FOUND_BY = (
    # `key` is the text under which a value stands in the order of its kind.
    """
    CREATE TABLE field_value (
        type text NOT NULL,
        field text NOT NULL,
        key text COLLATE "C" NOT NULL,
        item uuid NOT NULL,
        PRIMARY KEY (type, field, key, item)
    )
    """,
    # The same keys by item, as {field: [key, ...]}, and the words by which it is found.
    """
    CREATE TABLE item_index (item uuid PRIMARY KEY, type text NOT NULL, keys jsonb NOT NULL, words tsvector NOT NULL)
    """,
    "CREATE INDEX item_words ON item_index USING gin (words)",
)


def upgrade() -> None:
    """Make the tables."""
    run(*TOTALS, *FOUND_BY)
