"""What items hold: element types, their fields, and how cards, boards, lists and forms show them."""

from typing import Any, Literal

from pydantic import Field

from contracts.data import Part
from contracts.rules import Text

FieldKind = Literal[
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
    "file",
    "phone",
    "email",
    "url",
    "address",
    "link",
    "chat",
]

ADDRESS_PARTS = ("street", "city", "region", "postal_code", "country")


class ElementField(Part):
    """One field of an element type; `link` fields name the type that they lead to.

    A `multiple` field holds a list. `choices` are the keys to choose from, `choice_names` how people read them.
    `default` is what a new item gets where nothing is sent. A `unique` value is held by one item of the type only.
    """

    key: str
    kind: FieldKind
    name: Text = ""
    help: Text = ""
    required: bool = False
    multiple: bool = False
    unique: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    choice_names: dict[str, Text] = Field(default_factory=dict)
    to: str = ""


class Section(Part):
    """A part of the card: its fields in their order."""

    key: str
    name: Text = ""
    fields: tuple[str, ...] = ()


class ElementType(Part):
    """What items of this type hold, and how they are shown.

    `card` are the sections of the card, `board` the fields on a kanban card, `quick` what the quick-create form asks
    now (what else is required may wait), `columns` those of the list. `amount` is the money field whose sums a board
    shows. Items of a type with `goods` may have rows of goods. `built_in` types come with the installation.
    """

    key: str
    name: Text = ""
    fields: tuple[ElementField, ...] = ()
    repeats: bool = False
    card: tuple[Section, ...] = ()
    board: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    amount: str = ""
    goods: bool = False
    built_in: bool = False
