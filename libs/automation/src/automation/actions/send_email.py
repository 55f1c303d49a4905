"""send-email: subject and text to a mail address."""

from automation.actions.action import Action, Params, People, Text


class SendEmail(Params):
    """`connection` is the mail account; empty means the only one."""

    to: People = "contact"
    subject: Text
    text: Text
    connection: str = ""


ACTION = Action("send-email", "email", "email", "irreversible", SendEmail, is_message=True)
