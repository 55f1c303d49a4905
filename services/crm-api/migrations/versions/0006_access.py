"""Who may ask: keys of programs, and the log of who did what."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
