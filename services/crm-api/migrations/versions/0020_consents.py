"""Consents, suppression and what was sent to whom."""

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Make the tables."""
