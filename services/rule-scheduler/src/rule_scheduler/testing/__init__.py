"""The scheduler for tests: its processes on real servers."""

from automation.testing import moved

from rule_scheduler.testing.deployed import Deployed, deployed, new_deal

__all__ = ["Deployed", "deployed", "moved", "new_deal"]
