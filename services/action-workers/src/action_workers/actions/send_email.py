"""send-email: a letter to a mail address, with files and documents."""

from typing import Any

from contracts import ids
from contracts.data import Part
from contracts.signals import Signal

from action_workers.actions.action import Action, Errand
from action_workers.answers import Sent
from action_workers.effect import Effect
from action_workers.letters.attachments import fetch, wanted
from action_workers.letters.composing import Letter, address
from action_workers.letters.marks import Marks
from action_workers.letters.writing import written
from action_workers.providers.crm import Crm
from action_workers.providers.smtp import Smtp

SENT = "email.sent"


class SendEmail(Part):
    """What to write: a text, or Markdown, or HTML; `rule` is the key of the rule that writes it."""

    subject: str
    text: str = ""
    markdown: str = ""
    html: str = ""
    attach: tuple[Any, ...] = ()
    track: bool | None = None
    rule: str = ""


async def send_email(errand: Errand[SendEmail, Smtp]) -> Sent:
    """Send the letter."""
    effect, params, provider = errand.effect, errand.params, errand.provider
    marks = Marks(effect, errand.signer, errand.portal.public_url)
    writing = written(text=params.text, markdown=params.markdown, html=params.html)
    tracks = provider.account.track if params.track is None else params.track
    letter = Letter(
        sender=provider.sender,
        to=address(effect.recipient.address, effect.recipient.name),
        subject=params.subject,
        writing=marks.tracked(writing) if tracks else writing,
        message_id=marks.message_id(provider.sender.domain),
        at=effect.asked_at,
        attachments=await attachments(errand),
        unsubscribe=marks.unsubscribe(),
    )
    return await provider.send_email(letter)


async def attachments(errand: Errand[SendEmail, Smtp]) -> Any:
    """Fetch the letter's files, where it has any."""
    asked = tuple(wanted(errand.params.attach))
    if not asked:
        return ()
    crm = errand.own(Crm.NAME)
    assert isinstance(crm, Crm)  # noqa: S101  the provider of this name
    return await fetch(crm, asked, errand.portal.public_url, errand.provider.account.largest)


def told(effect: Effect) -> Signal:
    """Give the signal that a letter was sent, for the item that it was written for."""
    payload = {
        "effect": str(effect.id),
        "rule": str(effect.params.get("rule", "")),
        "subject": str(effect.params.get("subject", "")),
        "message_id": effect.reference,
    }
    return Signal(
        id=ids.derived(SENT, effect.id),
        kind=SENT,
        source="action-workers",
        happened_at=effect.at,
        binding=effect.item,
        payload=payload,
    )


ACTION = Action("send-email", "email", SendEmail, Smtp, send_email, attempts=10, timeout=60.0, told=told)
