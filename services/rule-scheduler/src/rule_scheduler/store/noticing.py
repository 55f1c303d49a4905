"""Waiting for transactions that may not have seen a change that another one has noticed.

Whoever writes first takes a number, and reads the config after that: who took one after the number of the transaction
that noticed a change has seen it too. The end of a snapshot is not that number. It lies behind the last transaction
that has ended, and who is under way may have a higher one.
"""

# Its own number, for the statement that keeps what was noticed.
NOTICED = "pg_current_xact_id()"
# Of a row with the number `noticed`: all that were under way then have ended. A number that has not been given yet was
# counted by another server, before a restore.
ALL_ENDED = (
    "(noticed <= pg_snapshot_xmin(pg_current_snapshot())"
    " OR noticed > greatest(pg_snapshot_xmax(pg_current_snapshot()), pg_current_xact_id_if_assigned()))"
)
