"""Starts real servers for tests, and gives each test a deployment of its own on them."""

from chassis.testing.deployment import Deployment, Seen
from chassis.testing.waiting import eventually, running, running_tasks

__all__ = ["Deployment", "Seen", "eventually", "running", "running_tasks"]
