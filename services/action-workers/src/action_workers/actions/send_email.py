"""send-email: subject and text to a mail address."""

from contracts.data import Part

from action_workers.actions.action import Action, Errand
from action_workers.answers import Sent
from action_workers.providers.smtp import Smtp, address, compose


class SendEmail(Part):
    """What to write."""

    subject: str
    text: str


async def send_email(errand: Errand[SendEmail, Smtp]) -> Sent:
    """Send the mail."""
    effect, provider = errand.effect, errand.provider
    mail = compose(
        address(provider.account.sender, provider.account.name),
        address(effect.recipient.address, effect.recipient.name),
        errand.params.subject,
        errand.params.text,
        message_id=f"<{effect.id}@{provider.domain}>",
        at=effect.asked_at,
    )
    return await provider.send_email(mail, effect.recipient.address)


ACTION = Action("send-email", "email", SendEmail, Smtp, send_email, attempts=10, timeout=60.0)
