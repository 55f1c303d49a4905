"""What rules can do: one file for each action, and the one table of them."""

from automation.actions import (
    add_to_audience,
    assign,
    calculate,
    change_item,
    copy_item,
    create_document,
    create_from_source,
    create_task,
    delete_item,
    move_item,
    repeat_sale,
    send_email,
    send_sms,
    set_variable,
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
        assign.ACTION,
        copy_item.ACTION,
        create_from_source.ACTION,
        repeat_sale.ACTION,
        set_variable.ACTION,
        calculate.ACTION,
    )
}

__all__ = ["ACTIONS", "Action", "Channel", "Effects", "Means", "Params"]
