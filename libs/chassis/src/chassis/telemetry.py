"""What a process says of itself: JSON logs, metrics, and the trace that is carried through Kafka."""

import logging
import random
import sys

import structlog
from prometheus_client import Counter, Gauge, Histogram

from chassis.spread import Spread

CONSUMED = Counter("signalbox_consumed", "Records taken from Kafka", ["group", "type"])
IGNORED = Counter("signalbox_ignored", "Records of a type that the reader lists as ignored", ["group", "type"])
ERASED = Counter("signalbox_erased", "Records about erased people, emptied or dropped", ["group"])
DEAD = Counter("signalbox_dead_letters", "Records that could not be read or handled", ["group", "reason"])
RETRIED = Counter("signalbox_retries", "Batches or records taken again", ["group", "reason"])
PROBLEMS = Counter("signalbox_problems", "Requests answered with a problem document", ["status"])
LOGINS_REFUSED = Counter("signalbox_logins_refused", "Tokens that were shown and are not valid", ["kind"])
PUBLISHED = Counter("signalbox_outbox_published", "Outbox rows carried to Kafka")
BATCH_SECONDS = Histogram("signalbox_batch_seconds", "One batch, from poll to commit", ["group"])
LATENESS = Spread(
    "signalbox_timer_lateness_seconds",
    "How long after its moment a timer was taken",
    "lane",
    (0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 30, 60, 600, 3600),
)
STALE = Gauge("signalbox_stale_seconds", "Age of the oldest 'published until' that decisions rest on")
HELD = Gauge("signalbox_gate_closed", "1 while timers wait because knowledge is stale")


def configure_logs(service: str, level: str = "INFO") -> None:
    """Let every log line of the process be one JSON object on standard output."""
    shared = (
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.format_exc_info,
    )
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    # What libraries log is the same JSON.
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


# The number of a trace must be rare and no secret: to ask the kernel for each costs more than the rest of an envelope.
_bits = random.Random().getrandbits  # noqa: S311


def new_trace() -> str:
    """Give a new `traceparent` (W3C Trace Context), sampled."""
    return f"00-{_bits(128):032x}-{_bits(64):016x}-01"


def child_of(traceparent: str) -> str:
    """Give the `traceparent` of a step inside the same trace; a new trace where there is none to read."""
    parts = traceparent.split("-")
    if len(parts) != 4 or len(parts[1]) != 32:  # noqa: PLR2004  the format's own numbers
        return new_trace()
    return f"00-{parts[1]}-{_bits(64):016x}-{parts[3]}"
