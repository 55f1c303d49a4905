"""Conversations with clients in messengers."""

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make the tables."""
