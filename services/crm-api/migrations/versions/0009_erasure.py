"""What is gone for good, and how far an announcement is."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables."""
