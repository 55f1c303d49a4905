"""In which families users look for actions; every action is in one."""

from typing import Literal

Family = Literal["employee", "client", "advertising", "custom", "market"]
Sort = Literal["base", "auxiliary"]

FAMILIES: dict[Family, tuple[str, ...]] = {
    "employee": (
        "create-task",
        "schedule-call",
        "schedule-meeting",
        "create-activity",
        "remind",
        "notify",
        "post-to-feed",
        "move-item",
        "assign",
        "change-item",
        "create-document",
        "create-from-source",
        "copy-item",
        "repeat-sale",
        "delete-item",
        "set-variable",
        "calculate",
        "fetch-items",
        "pick-from-list",
        "ask-employee",
        "http-fetch",
    ),
    "client": ("send-sms", "send-email", "send-message", "make-call"),
    "advertising": ("add-to-audience", "remove-from-audience"),
    "custom": ("send-webhook",),
    "market": (),
}
# What only fetches or makes data; everything else does something that people see.
AUXILIARY = frozenset({"set-variable", "calculate", "fetch-items", "pick-from-list", "ask-employee", "http-fetch"})


def sort_of(action: str) -> Sort:
    """Say whether an action does something that people see, or only makes data."""
    return "auxiliary" if action in AUXILIARY else "base"
