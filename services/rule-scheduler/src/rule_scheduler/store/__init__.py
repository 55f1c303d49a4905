"""All SQL of the service, one noun a file; nothing here commits."""

from rule_scheduler.store import announcements, copies, executions, signals, successions, sweeps, timers

__all__ = ["announcements", "copies", "executions", "signals", "successions", "sweeps", "timers"]
