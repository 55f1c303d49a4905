"""The scheduler's decisions in memory."""

import pytest
from automation.desk.testing import Table


@pytest.fixture
def table() -> Table:
    """Give a scheduler that knows nothing yet; modules that begin with more have a table of their own."""
    return Table()
