"""What rules do inside: variables of an activation, turns of assignment."""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the tables."""
