"""send-invitation: a letter with an appointment that the reader's calendar understands (RFC 6047)."""

from typing import Literal

from contracts.data import Part

from action_workers.actions.action import Action, Errand
from action_workers.answers import Sent
from action_workers.letters.composing import Letter, address
from action_workers.letters.marks import Marks
from action_workers.letters.writing import written
from action_workers.providers.smtp import Smtp


class SendInvitation(Part):
    """What to write, and the same as iCalendar: an appointment that is asked for, changed, or called off."""

    subject: str
    text: str
    calendar: str
    method: Literal["REQUEST", "CANCEL"]


async def send_invitation(errand: Errand[SendInvitation, Smtp]) -> Sent:
    """Send the letter; it carries no marks but its Message-ID, for it is about what was agreed."""
    effect, params, provider = errand.effect, errand.params, errand.provider
    marks = Marks(effect, errand.signer, errand.portal.public_url)
    letter = Letter(
        sender=provider.sender,
        to=address(effect.recipient.address, effect.recipient.name),
        subject=params.subject,
        writing=written(text=params.text),
        message_id=marks.message_id(provider.sender.domain),
        at=effect.asked_at,
        calendar=params.calendar,
        method=params.method,
    )
    return await provider.send_email(letter)


ACTION = Action("send-invitation", "email", SendInvitation, Smtp, send_invitation, attempts=10, timeout=60.0)
