"""What workers do: one file for each action, and the one table of them."""

from action_workers.actions import (
    add_to_audience,
    create_document,
    create_task,
    http_fetch,
    notify,
    send_email,
    send_sms,
)
from action_workers.actions.action import Action, Errand

ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        send_sms.ACTION,
        send_email.ACTION,
        create_task.ACTION,
        notify.ACTION,
        create_document.ACTION,
        add_to_audience.ACTION,
        http_fetch.ACTION,
    )
}


def of_kind(kind: str) -> tuple[Action, ...]:
    """Give the actions that the worker of this kind does."""
    return tuple(action for action in ACTIONS.values() if action.kind == kind)


__all__ = ["ACTIONS", "Action", "Errand", "of_kind"]
