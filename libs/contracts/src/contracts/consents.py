"""What a contact agreed to, and what they refused, by channel."""

from typing import Literal, get_args

from pydantic import Field

from contracts.data import Part

# `phone` is calls and SMS; `advertising` is what a message is for, whatever it goes by, and audiences.
ConsentChannel = Literal["phone", "email", "chat", "advertising"]
ConsentState = Literal["given", "refused", "unknown"]
CHANNELS: tuple[ConsentChannel, ...] = get_args(ConsentChannel)
# The key of a contact's fields under which the states that are known travel; no element type may have such a field.
CONSENTS = "consents"


class ConsentSaid(Part):
    """What somebody said about one channel: `text` names the words that they saw, `version` which wording."""

    channel: ConsentChannel
    state: ConsentState
    text: str = Field(default="", max_length=200)
    version: str = Field(default="", max_length=100)
