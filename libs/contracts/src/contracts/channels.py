"""How the sources of messages and calls are set up."""

from typing import Annotated

from pydantic import Field, StringConstraints

from contracts.data import Part

# A whole message, in whatever case.
Keyword = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class ChatChannel(Part):
    """A messenger's bot: `connection` is the account by which its clients are answered, empty means the only one."""

    connection: str = ""


class SmsChannel(Part):
    """A number that clients send SMS to: `connection` is the account by which they are answered, empty the only one.

    `stop` and `start` are words beside the usual ones by which they want no more SMS, or want them again.
    """

    connection: str = ""
    stop: tuple[Keyword, ...] = Field((), max_length=50)
    start: tuple[Keyword, ...] = Field((), max_length=50)


class CallAnswering(Part):
    """What a caller hears: a text, then who is called, and what is said where they are not there.

    `dial` is a number in E.164 or an address like `sip:…`, `timeout` for how many seconds it rings there. Texts are
    spoken in `language`, by `voice`.
    """

    say: str = Field("", max_length=3_000)
    dial: str = Field("", pattern=r"^(\+[1-9]\d{6,14}|sip:\S{1,200})?$")
    timeout: int = Field(20, ge=5, le=600)
    missed: str = Field("", max_length=3_000)
    language: str = ""
    voice: str = ""
