"""The scheduler for tests: its decisions alone on a table in memory, and its processes on real servers."""

from rule_scheduler.testing.deployed import Deployed, deployed, moved, new_deal
from rule_scheduler.testing.table import Table

__all__ = ["Deployed", "Table", "deployed", "moved", "new_deal"]
