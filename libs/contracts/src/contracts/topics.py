"""The one table of topics: it makes them, documents them, and names who may write and read each."""

from dataclasses import dataclass
from datetime import timedelta

WEEK = timedelta(days=7)
ACTION_KINDS = ("sms", "email", "task", "document", "ad-audience", "webhook", "notification", "app", "message", "call")


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic, named without the deployment's prefix; `retention` None means compacted."""

    name: str
    key: str
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    retention: timedelta | None = WEEK
    single: bool = False


ITEMS = Topic(
    "crm.items", "item", ("crm-api",), ("rule-scheduler.consume", "trigger-gateway.match", "action-workers.audiences")
)
CONFIG = Topic(
    "crm.config",
    "kind/id",
    ("crm-api",),
    ("rule-scheduler.config", "trigger-gateway.config", "action-workers.config"),
    retention=None,
    single=True,
)
COMMANDS = Topic(
    "crm.commands",
    "bound item, else identity, else source",
    ("trigger-gateway.match", "rule-scheduler"),
    ("crm-api.consume",),
)
SIGNALS = Topic(
    "triggers.signals",
    "bound item, else identity, else source",
    ("trigger-gateway.serve", "trigger-gateway.mailboxes", "crm-api", "action-workers"),
    ("trigger-gateway.match",),
)
ORDERS = Topic("automation.commands", "item or rule", ("crm-api",), ("rule-scheduler.consume",))
EXECUTIONS = Topic("automation.executions", "the items' partition", ("rule-scheduler",), ("crm-api.timeline",))
OUTCOMES = Topic("actions.outcomes", "item", ("action-workers",), ("rule-scheduler.consume", "crm-api.timeline"))
TRIES = Topic("actions.tries", "connection", ("action-workers",), ("crm-api.timeline",), single=True)
SUPPRESSIONS = Topic(
    "actions.suppressions", "address", ("action-workers",), ("crm-api.timeline",), retention=None, single=True
)
ACTIONS = {
    kind: Topic(
        f"actions.{kind}", "item", ("rule-scheduler", "crm-api", "trigger-gateway"), (f"action-workers.{kind}",)
    )
    for kind in ACTION_KINDS
}
TOPICS: tuple[Topic, ...] = (
    ITEMS,
    CONFIG,
    COMMANDS,
    SIGNALS,
    ORDERS,
    EXECUTIONS,
    OUTCOMES,
    TRIES,
    SUPPRESSIONS,
    *ACTIONS.values(),
)
BY_NAME = {topic.name: topic for topic in TOPICS}


def groups() -> tuple[str, ...]:
    """Give every consumer group, `<service>.<role>`, without prefix."""
    return tuple(dict.fromkeys(reader for topic in TOPICS for reader in topic.readers))


def dead_letters(group: str) -> str:
    """Give the topic that holds what a group could not read."""
    return f"{group}.dead"
