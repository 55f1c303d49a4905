"""The scheduler for tests: its decisions alone on a table in memory, and its processes on real servers."""

from rule_scheduler.testing.table import Table

__all__ = ["Table"]
