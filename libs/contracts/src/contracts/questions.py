"""What employees are asked: fields whose values they give, each of a kind."""

from typing import Literal

from contracts.data import Part
from contracts.rules import Text

AnswerKind = Literal[
    "string",
    "text",
    "integer",
    "decimal",
    "money",
    "date",
    "datetime",
    "boolean",
    "choice",
    "choices",
    "person",
    "phone",
    "email",
    "url",
]


class AskedField(Part):
    """One value that is asked for; its key names the result, `options` are those of a choice."""

    key: str
    label: Text = ""
    kind: AnswerKind = "string"
    required: bool = False
    options: tuple[str, ...] = ()
