"""Apps: calls that wait for an answer."""

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Make the tables."""
