"""Checks of sources by which clients write and call."""

from automation.knowledge import Knowledge
from contracts.channels import ChatChannel, SmsChannel
from contracts.config import Source

from crm_api.fields import FieldError

SECRETS = {
    "telegram": "send the secret_token that the webhook is set with, as secrets.secret",
    "twilio-sms": "send the account's auth token, as secrets.auth_token",
    "twilio-voice": "send the account's auth token, as secrets.auth_token",
}


def check_signed(source: Source) -> None:
    """Refuse a source without a secret: it could take nothing; raises `FieldError`."""
    if not any(source.secrets.values()):
        raise FieldError("secrets", "without a secret nothing that comes can be trusted", SECRETS[source.kind])


def check_chat(channel: ChatChannel, knowledge: Knowledge) -> None:
    """Refuse a channel that is answered through an account that there is not; raises `FieldError`."""
    known = sorted(id_ for id_, one in knowledge.connections.items() if one.provider == "telegram")
    if channel.connection and channel.connection not in known:
        fix = f"use one of: {', '.join(known)}" if known else "add a connection to telegram first"
        raise FieldError("settings.connection", f"there is no bot {channel.connection!r}", fix)


def check_words(channel: SmsChannel, knowledge: Knowledge) -> None:
    """Refuse an account for SMS that there is not, and a word that would stop and start; raises `FieldError`."""
    known = sorted(id_ for id_, one in knowledge.connections.items() if one.provider == "twilio")
    if channel.connection and channel.connection not in known:
        fix = f"use one of: {', '.join(known)}" if known else "add a connection to twilio first"
        raise FieldError("settings.connection", f"there is no account {channel.connection!r} for SMS", fix)
    both = {word.casefold() for word in channel.stop} & {word.casefold() for word in channel.start}
    if both:
        raise FieldError("settings.start", f"{min(both)!r} is among the words of stop too", "leave it out of one")
