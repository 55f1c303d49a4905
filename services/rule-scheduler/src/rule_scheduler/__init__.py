"""Durable timers: plans, re-plans, cancels and dispatches rules."""
