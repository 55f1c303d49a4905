"""send-email: a letter to a mail address, with files and documents."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from automation.actions.action import Action, Html, Markdown, Means, Params, People, Text

MOST_ATTACHED = 20
PARTS = frozenset({"file", "name", "content_type"})


class SendEmail(Params):
    """`connection` is the mail account; empty means the only one.

    The letter is written as `text`, `markdown` or `html`; the parts that are not given are made from it. `attach` are
    files (`{{ item.contract }}`), links of documents (`{{ results.offer.url }}`), or a file with its name
    (`{file: …, name: …}`). `track` tells of openings and links; where it is not said, the account says it.
    `advertising` goes only to who agreed to it; what is `important` counts for no frequency cap.
    """

    to: People = "contact"
    subject: Text
    text: Text = ""
    markdown: Markdown = ""
    html: Html = ""
    attach: Annotated[list[Any], Means.TEXTS] = Field(default_factory=list, max_length=MOST_ATTACHED)
    track: bool | None = None
    connection: str = ""
    advertising: bool = False
    important: bool = False

    @model_validator(mode="after")
    def _is_written(self) -> Self:
        if not (self.text or self.markdown or self.html):
            raise ValueError("a letter needs its text; write it as text, markdown or html")
        if self.markdown and self.html:
            raise ValueError("write the letter as markdown or as html, not as both")
        check_attached(self.attach)
        return self


def check_attached(attach: list[Any]) -> None:
    """Raise `ValueError` for the first that names no file."""
    for number, one in enumerate(attach):
        if not (isinstance(one, str) or is_file(one)):
            fix = "write the field that holds it, a document's link, or {file: …, name: …}"
            raise ValueError(f"attach.{number} is no file; {fix}")


def is_file(written: Any) -> bool:
    """Say whether this names a file, and perhaps how it is called."""
    return (
        isinstance(written, dict)
        and "file" in written
        and written.keys() <= PARTS
        and all(isinstance(value, str) for value in written.values())
    )


ACTION = Action(
    "send-email",
    "email",
    "email",
    "irreversible",
    SendEmail,
    is_message=True,
    signals={"email.sent": ("rule", "subject")},
)
