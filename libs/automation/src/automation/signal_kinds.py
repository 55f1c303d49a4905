"""What a trigger can listen to, in the groups in which users look for it."""

from typing import Literal

Group = Literal["crm", "client", "other"]

SIGNAL_GROUPS: dict[Group, tuple[str, ...]] = {
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
        "call.key_pressed",
        "chat.first_message",
        "chat.message",
        "chat.answered",
    ),
    "other": ("webhook.received", "app.called"),
}
SIGNAL_KINDS = frozenset(kind for kinds in SIGNAL_GROUPS.values() for kind in kinds)
# A signal of a kind is one of the broader kind too: who asks to be called back has sent a form.
BROADER = {"callback.requested": "form.submitted"}


def heard_as(kind: str) -> tuple[str, ...]:
    """Give the kinds as which a signal is heard, its own first."""
    broader = BROADER.get(kind)
    return (kind,) if broader is None else (kind, broader)
