"""The role `fire`."""

from rule_scheduler.firing.firing import MANY, Firing

__all__ = ["MANY", "Firing"]
