"""send-sms: a short text to a phone."""

from automation.actions.action import Action, Params, People, Text


class SendSms(Params):
    """`connection` is the SMS provider's account; empty means the only one."""

    to: People = "contact"
    text: Text
    connection: str = ""


ACTION = Action("send-sms", "sms", "phone", "irreversible", SendSms, is_message=True)
