"""How items of a type are shown: the sections of a card, the fields of a board and a list, the form that makes them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from contracts.data import Part
from contracts.elements import ElementField, ElementType, Section

View = Literal["board", "list"]

# What every item has, described as fields are.
ATTRIBUTES: Mapping[str, ElementField] = {
    field.key: field
    for field in (
        ElementField(
            key="title", kind="string", name={"en": "Title", "pt": "Título", "it": "Titolo", "ru": "Название"}
        ),
        ElementField(
            key="responsible",
            kind="person",
            name={"en": "Responsible", "pt": "Responsável", "it": "Responsabile", "ru": "Ответственный"},
        ),
        ElementField(key="stage", kind="string", name={"en": "Stage", "pt": "Fase", "it": "Fase", "ru": "Стадия"}),
        ElementField(
            key="created_at",
            kind="datetime",
            name={"en": "Created", "pt": "Criado em", "it": "Creato il", "ru": "Создан"},
        ),
    )
}
# What a type shows that says nothing of its own.
USUAL: Mapping[View, tuple[str, ...]] = {
    "board": ("title", "responsible"),
    "list": ("title", "stage", "responsible", "created_at"),
}


class ShownSection(Part):
    """A section of a card with its fields as they are described."""

    key: str
    name: str | dict[str, str] = ""
    fields: tuple[ElementField, ...] = ()


class Form(Part):
    """What a form asks `now`, where `required` says what must be filled, and what must be filled `later`."""

    now: tuple[ElementField, ...]
    later: tuple[ElementField, ...]


def described(type_: ElementType, keys: Iterable[str]) -> tuple[ElementField, ...]:
    """Give the fields of these keys that are there, in their order."""
    known = {**ATTRIBUTES, **{field.key: field for field in type_.fields}}
    return tuple(known[key] for key in keys if key in known)


def card(type_: ElementType) -> tuple[ShownSection, ...]:
    """Give the sections of a card; all fields in one where the type says nothing."""
    everything = Section(key="main", fields=("title", "responsible", *(field.key for field in type_.fields)))
    return tuple(
        ShownSection(key=section.key, name=section.name, fields=described(type_, section.fields))
        for section in type_.card or (everything,)
    )


def quick_form(type_: ElementType) -> Form:
    """Give the quick-create form; where the type has none, it asks for all that is required."""
    asked = asked_now(type_)
    later = (field.key for field in type_.fields if field.required and field.key not in asked)
    return Form(now=described(type_, asked), later=described(type_, later))


def asked_now(type_: ElementType) -> tuple[str, ...]:
    """Give the keys that the quick-create form asks for."""
    return type_.quick or ("title", *(field.key for field in type_.fields if field.required))


def view(type_: ElementType, name: View, own: Sequence[str] | None) -> tuple[str, ...]:
    """Give the fields that someone sees on a board or in a list: their own choice, else the type's.

    What the type no longer has is left out.
    """
    of_type = type_.board if name == "board" else type_.columns
    chosen = own if own is not None else of_type or USUAL[name]
    return tuple(field.key for field in described(type_, chosen))
