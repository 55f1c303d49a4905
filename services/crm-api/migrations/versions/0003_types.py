"""What types need beside the config: values that are held once, and what each person wants to see."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
