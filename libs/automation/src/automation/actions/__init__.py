"""What rules can do: one file for each action, and the one table of them."""

from automation.actions import (
    add_to_audience,
    change_item,
    create_document,
    create_task,
    delete_item,
    move_item,
    send_email,
    send_sms,
)
from automation.actions.action import Action, Channel, Effects, Means, Params

ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        send_sms.ACTION,
        send_email.ACTION,
        create_task.ACTION,
        create_document.ACTION,
        add_to_audience.ACTION,
        move_item.ACTION,
        change_item.ACTION,
        delete_item.ACTION,
    )
}

__all__ = ["ACTIONS", "Action", "Channel", "Effects", "Means", "Params"]
