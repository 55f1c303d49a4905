"""The plans: copies of items and their links, executions, the signals of present activations, and the corridor's tables."""

from chassis import schema
from chassis.migrations import run

revision = "0001"
down_revision = None

COPIES = (
    # `version` is that of `doc`, wherever it came from; `heard` the highest that the item itself announced;
    # `unread` the offset of its last record that could not be read; `entry` the item as it entered its stage.
    """
    CREATE TABLE item_copy (
        id uuid PRIMARY KEY,
        version bigint NOT NULL DEFAULT 0,
        heard bigint NOT NULL DEFAULT 0,
        unread bigint,
        doc jsonb,
        entry jsonb
    ) WITH (fillfactor = 80)
    """,
    "CREATE TABLE item_link (from_id uuid NOT NULL, to_id uuid NOT NULL, PRIMARY KEY (from_id, to_id))",
    "CREATE INDEX item_link_to ON item_link (to_id)",
)
EXECUTIONS = (
    """
    CREATE TABLE execution (
        id uuid PRIMARY KEY,
        item uuid NOT NULL,
        activation int NOT NULL,
        state text NOT NULL,
        version int NOT NULL,
        doc jsonb NOT NULL,
        cause jsonb NOT NULL
    ) WITH (fillfactor = 80)
    """,
    "CREATE INDEX execution_activation ON execution (item, activation)",
    """
    CREATE INDEX execution_pending ON execution (item) WHERE state IN
        ('waiting', 'waiting_for_date', 'waiting_for_previous', 'waiting_for_signal', 'dispatched', 'uncertain')
    """,
)
# Few timers are held, and all of them must be found at once when a pause ends.
HELD = ("CREATE INDEX timer_held ON timer (id) WHERE payload = 'held'",)
SIGNALS = (
    """
    CREATE TABLE signal_seen (
        item uuid NOT NULL,
        signal uuid NOT NULL,
        activation int NOT NULL,
        doc jsonb NOT NULL,
        PRIMARY KEY (item, signal)
    )
    """,
)


def upgrade() -> None:
    run(*schema.CLOCK_1, *schema.OUTBOX_1, *schema.TIMERS_1, *schema.CONFIG_1, *schema.FRESHNESS_1)
    run(*COPIES, *EXECUTIONS, *HELD, *SIGNALS)
