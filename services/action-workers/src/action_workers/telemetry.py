"""The metrics of this service."""

from prometheus_client import Counter, Gauge, Histogram

ATTEMPTS = Counter("signalbox_attempts", "Attempts at effects, by what they came to", ["action", "answer"])
ATTEMPT_SECONDS = Histogram("signalbox_attempt_seconds", "One attempt, without its claim and record", ["action"])
CLOSED = Gauge("signalbox_closed_accounts", "Accounts that take nothing now and have effects waiting", ["kind"])
CLOSINGS = Counter("signalbox_account_closings", "Times that an account was closed, by why", ["account", "why"])
