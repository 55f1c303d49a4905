"""Rows shaped for firing: documents as the text that travels, and a dispatch that touches no index."""

from chassis import schema
from chassis.migrations import run

revision = "0007"
down_revision = "0006"

# Nobody looks inside them on the hot path: taking JSON apart and putting it together again costs more than the rest.
DOCUMENTS = (
    "ALTER TABLE item_copy ALTER doc TYPE text USING doc::text, ALTER entry TYPE text USING entry::text",
    "ALTER TABLE execution ALTER doc TYPE text USING doc::text, ALTER cause TYPE text USING cause::text",
)
# An index whose predicate names the state would be written anew with each change of state.
PENDING = (
    "DROP INDEX execution_pending",
    """
    ALTER TABLE execution ADD pending boolean NOT NULL GENERATED ALWAYS AS (state IN
        ('waiting', 'waiting_for_date', 'waiting_for_previous', 'waiting_for_signal', 'dispatched', 'uncertain')) STORED
    """,
    "CREATE INDEX execution_pending ON execution (item) WHERE pending",
    # Two rows of a page that are dispatched at once find room beside those that they replace, and touch no index.
    "ALTER TABLE execution SET (fillfactor = 60, autovacuum_vacuum_cost_delay = 0)",
)
# What falls due at one instant is taken in the order of its ids, which mixes the rules.
FAIR = ("DROP INDEX timer_due", "CREATE INDEX timer_due ON timer (lane, due_at, id)")


def upgrade() -> None:
    """Shape the tables."""
    run(*DOCUMENTS, *PENDING, *FAIR, *schema.OUTBOX_2)
