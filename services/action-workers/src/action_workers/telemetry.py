"""The metrics of this service."""

from prometheus_client import Counter, Histogram

ATTEMPTS = Counter("signalbox_attempts", "Attempts at effects, by what they came to", ["action", "answer"])
ATTEMPT_SECONDS = Histogram("signalbox_attempt_seconds", "One attempt, without its claim and record", ["action"])
