"""In which families and groups users look for actions and signals; every action and signal is in one."""

from typing import Literal

Family = Literal["employee", "client", "advertising", "custom", "market"]
Sort = Literal["base", "auxiliary"]
Group = Literal["crm", "client", "other"]

FAMILIES: dict[Family, tuple[str, ...]] = {
    "employee": (
        "create-task",
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
    ),
    "client": ("send-sms", "send-email"),
    "advertising": ("add-to-audience",),
    "custom": (),
    "market": (),
}
# What only fetches or makes data; everything else does something that people see.
AUXILIARY = frozenset({"set-variable", "calculate"})
GROUPS: dict[Group, tuple[str, ...]] = {
    "crm": (
        "responsible.changed",
        "field.changed",
        "invoice.paid",
        "order.paid",
        "payment.received",
        "payment.succeeded",
        "payment.failed",
        "payment.refunded",
        "document.created",
        "task.changed",
    ),
    "client": (
        "form.submitted",
        "callback.requested",
        "document.opened",
        "visit",
        "visitor.returned",
        "resource.booked",
        "email.received",
        "email.viewed",
        "email.sent",
        "link.clicked",
        "call.incoming",
        "call.outgoing",
        "call.missed",
        "chat.first_message",
        "chat.message",
        "chat.answered",
    ),
    "other": ("webhook.received", "app.called"),
}


def sort_of(action: str) -> Sort:
    """Say whether an action does something that people see, or only makes data."""
    return "auxiliary" if action in AUXILIARY else "base"
