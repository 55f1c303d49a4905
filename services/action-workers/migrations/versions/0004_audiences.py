"""Who is in which audience, and who waits for it."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
