"""send-sms: a short text to a phone."""

from typing import Any
from urllib.parse import quote, urlencode

from contracts.data import Part

from action_workers.actions.action import Action, Errand
from action_workers.answers import Sent
from action_workers.providers.twilio import Twilio


class SendSms(Part):
    """What to say."""

    text: str


async def send_sms(errand: Errand[SendSms, Twilio]) -> Sent:
    """Send the text; the provider's later reports name the effect."""
    return await errand.provider.send_sms(errand.effect.recipient.address, errand.params.text, callback(errand))


def callback(errand: Errand[Any, Twilio]) -> str:
    """Give the address for the provider's reports, empty where the portal has no public address."""
    if not errand.portal.public_url:
        return ""
    place = f"{errand.portal.public_url.rstrip('/')}/callbacks/{errand.provider.NAME}/{quote(errand.connection)}"
    return f"{place}?{urlencode({'effect': errand.effect.id, 'item': errand.effect.item})}"


ACTION = Action("send-sms", "sms", SendSms, Twilio, send_sms)
