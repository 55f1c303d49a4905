"""All SQL of the service, one noun a file; nothing here commits."""

from rule_scheduler.store import copies, executions, signals, timers

__all__ = ["copies", "executions", "signals", "timers"]
