"""What workers do: one file for each action, and the one table of them."""

from automation.app_actions import app_of

from action_workers.actions import (
    add_to_audience,
    call_app,
    create_document,
    create_task,
    http_fetch,
    make_call,
    notify,
    remove_from_audience,
    send_email,
    send_invitation,
    send_message,
    send_sms,
    send_webhook,
)
from action_workers.actions.action import Action, Errand

ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        send_sms.ACTION,
        send_email.ACTION,
        send_invitation.ACTION,
        create_task.ACTION,
        notify.ACTION,
        create_document.ACTION,
        add_to_audience.ACTION,
        remove_from_audience.ACTION,
        http_fetch.ACTION,
        send_webhook.ACTION,
        call_app.ACTION,
        send_message.ACTION,
        make_call.ACTION,
    )
}


def find(name: str) -> Action | None:
    """Give an action by the name that rules have for it; those of apps are one to us."""
    return ACTIONS.get(call_app.NAME if app_of(name) else name)


def of_kind(kind: str) -> tuple[Action, ...]:
    """Give the actions that the worker of this kind does."""
    return tuple(action for action in ACTIONS.values() if action.kind == kind)


__all__ = ["ACTIONS", "Action", "Errand", "find", "of_kind"]
