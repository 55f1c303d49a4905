"""All SQL of the service, one noun a file; nothing here commits."""

from rule_scheduler.store import announcements, copies, dispatches, executions, signals, successions, sweeps, timers

__all__ = ["announcements", "copies", "dispatches", "executions", "signals", "successions", "sweeps", "timers"]
