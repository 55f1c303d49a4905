"""How the sources of messages and calls are set up."""

from pydantic import Field

from contracts.data import Part


class ChatChannel(Part):
    """A messenger's bot: `connection` is the account by which its clients are answered, empty means the only one."""

    connection: str = ""


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
