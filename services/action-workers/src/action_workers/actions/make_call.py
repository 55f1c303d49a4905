"""make-call: a call in which a text is spoken or a prepared sound is played, and keys are asked for."""

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from chassis.errors import Rejected
from contracts.data import Part

from action_workers.actions.action import Action, Errand
from action_workers.actions.send_sms import callback
from action_workers.answers import Sent
from action_workers.providers.twilio import Twilio

MOST = 4000  # characters of TwiML that Twilio takes inline
# XML 1.0 has no place for other control characters, not even escaped.
UNWRITABLE = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class MakeCall(Part):
    """What is heard: `text` in a language and by a voice, or the `sound` at an address; `keys` are asked for."""

    text: str = ""
    sound: str = ""
    language: str = ""
    voice: str = ""
    keys: int = 0
    ring: int = 30


async def make_call(errand: Errand[MakeCall, Twilio]) -> Sent:
    """Make the call; the provider's later reports name the effect."""
    written = twiml(errand.params, keys_to(errand) if errand.params.keys else "")
    return await errand.provider.make_call(
        errand.effect.recipient.address, written, callback(errand), ring=errand.params.ring
    )


def keys_to(errand: Errand[MakeCall, Twilio]) -> str:
    """Give the address to which pressed keys go; raises `Rejected` where nothing could reach us."""
    place, _, query = callback(errand).partition("?")
    if not place:
        raise Rejected("the portal's public address is not set; without it pressed keys cannot come back")
    return f"{place}/keys?{query}"


def twiml(params: MakeCall, keys_at: str = "") -> str:
    """Give what Twilio is to do in the call; raises `Rejected` for a text that is too long for it."""
    response = Element("Response")
    asked = {"numDigits": str(params.keys), "action": keys_at, "method": "POST"}
    heard = SubElement(response, "Gather", asked) if keys_at else response
    if params.sound:
        SubElement(heard, "Play").text = params.sound
    if params.text:
        named = {"language": params.language, "voice": params.voice}
        SubElement(heard, "Say", {k: v for k, v in named.items() if v}).text = UNWRITABLE.sub("", params.text)
    written = tostring(response, encoding="unicode")
    if len(written) > MOST:
        raise Rejected(f"the text is too long for a call: {len(written)} characters as TwiML, {MOST} may be")
    return written


ACTION = Action("make-call", "call", MakeCall, Twilio, make_call)
