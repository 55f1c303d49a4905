"""What rules can do: one file for each action, and the one table of them."""

from automation.actions import (
    add_to_audience,
    ask_employee,
    assign,
    calculate,
    change_item,
    copy_item,
    create_activity,
    create_document,
    create_from_source,
    create_task,
    delete_item,
    fetch_items,
    http_fetch,
    make_call,
    move_item,
    notify,
    pick_from_list,
    post_to_feed,
    remind,
    remove_from_audience,
    repeat_sale,
    schedule_call,
    schedule_meeting,
    send_email,
    send_message,
    send_sms,
    send_webhook,
    set_variable,
)
from automation.actions.action import Action, CannotCompute, Channel, Effects, Means, Params

ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        send_sms.ACTION,
        send_email.ACTION,
        send_message.ACTION,
        make_call.ACTION,
        create_task.ACTION,
        notify.ACTION,
        create_document.ACTION,
        add_to_audience.ACTION,
        remove_from_audience.ACTION,
        move_item.ACTION,
        change_item.ACTION,
        delete_item.ACTION,
        assign.ACTION,
        copy_item.ACTION,
        create_from_source.ACTION,
        repeat_sale.ACTION,
        set_variable.ACTION,
        calculate.ACTION,
        fetch_items.ACTION,
        pick_from_list.ACTION,
        ask_employee.ACTION,
        post_to_feed.ACTION,
        http_fetch.ACTION,
        schedule_call.ACTION,
        schedule_meeting.ACTION,
        create_activity.ACTION,
        remind.ACTION,
        send_webhook.ACTION,
    )
}

__all__ = ["ACTIONS", "Action", "CannotCompute", "Channel", "Effects", "Means", "Params"]
