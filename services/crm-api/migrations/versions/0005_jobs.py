"""Work in the background: exports, imports, and how far they are."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
