"""How far publishes that migrate or cancel what waits are."""

from chassis.migrations import run

revision = "0003"
down_revision = "0002"

SUCCESSION = (
    # `after` is the last item that was told; the next chunk begins behind it.
    """
    CREATE TABLE succession (
        pipeline text NOT NULL,
        number int NOT NULL,
        after uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
        ended boolean NOT NULL DEFAULT false,
        PRIMARY KEY (pipeline, number)
    )
    """,
)


def upgrade() -> None:
    """Make the table."""
    run(*SUCCESSION)
