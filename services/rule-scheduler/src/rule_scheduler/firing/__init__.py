"""The role `fire`."""

from rule_scheduler.firing.firing import Firing

__all__ = ["Firing"]
