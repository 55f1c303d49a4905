"""send-sms: a short text to a phone."""

from automation.actions.action import Action, Params, People, Text


class SendSms(Params):
    """`connection` is the SMS provider's account; empty means the only one.

    `advertising` goes only to who agreed to it; what is `important` counts for no frequency cap.
    """

    to: People = "contact"
    text: Text
    connection: str = ""
    advertising: bool = False
    important: bool = False


ACTION = Action("send-sms", "sms", "phone", "irreversible", SendSms, is_message=True)
