"""make-call: a call to a phone, in which a text is spoken or a prepared sound is played, and keys may be asked for."""

from typing import Self

from pydantic import Field, model_validator

from automation.actions.action import Action, Params, People, Text


class MakeCall(Params):
    """`sound` is the address of a prepared message, played before the text where there are both.

    `language` and `voice` are those in which the text is spoken (`pt-PT`, `Polly.Ines`), `keys` how many keys the
    client is to press, `ring` for how many seconds it rings. `connection` is the account; empty means the only one.
    `advertising` goes only to who agreed to it; what is `important` counts for no frequency cap.
    """

    to: People = "contact"
    text: Text = ""
    sound: Text = ""
    language: str = ""
    voice: str = ""
    keys: int = Field(0, ge=0, le=20)
    ring: int = Field(30, ge=5, le=600)
    connection: str = ""
    advertising: bool = False
    important: bool = False

    @model_validator(mode="after")
    def _is_heard(self) -> Self:
        if not (self.text or self.sound):
            raise ValueError("a call needs something to hear; write a text, or give the address of a sound")
        return self


ACTION = Action("make-call", "call", "phone", "irreversible", MakeCall, is_message=True, results=("sid",))
