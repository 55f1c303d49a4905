"""Limits and breakers of provider accounts."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
