"""What lists, boards and searches read: totals of stages, and fields in the order of their values."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
