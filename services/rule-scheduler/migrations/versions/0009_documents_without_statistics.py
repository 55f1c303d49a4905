"""No statistics of documents: nobody searches in them, and after many dispatches all that are sampled were sorted anew."""

from chassis.migrations import run

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Leave documents out of what is analysed, and forget what was known of them."""
    run(
        "ALTER TABLE execution ALTER doc SET STATISTICS 0, ALTER cause SET STATISTICS 0,"
        " ALTER dispatched SET STATISTICS 0",
        "ALTER TABLE item_copy ALTER doc SET STATISTICS 0, ALTER entry SET STATISTICS 0",
        "ANALYZE execution, item_copy",
    )
