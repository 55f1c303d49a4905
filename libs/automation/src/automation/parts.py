"""Values of items as texts meet them: several read as a list, an address as a line, a person with their name."""

from collections.abc import Mapping
from typing import Any

from contracts.elements import ElementField
from contracts.people import Person
from typing_extensions import override

from automation.paths import PERSON_ATTRIBUTES, of_person


class Several(tuple[Any, ...]):
    """Several values; written one after the other."""

    __slots__ = ()

    @override
    def __str__(self) -> str:
        return ", ".join(map(str, self))


class Address(dict[str, Any]):
    """A postal address by its parts; written as one line."""

    @override
    def __str__(self) -> str:
        return ", ".join(map(str, self.values()))


class Named(str):
    """The id of a person, with what is known of them as its parts."""

    __slots__ = ("parts",)
    parts: Mapping[str, object]

    @classmethod
    def of(cls, id_: str, person: Person | None) -> "Named":
        """Give the id of a person with what is known of them."""
        named = cls(id_)
        known = {name: of_person(person, name) for name in PERSON_ATTRIBUTES}
        named.parts = {name: value for name, value in known.items() if value}
        return named

    @override
    def __getitem__(self, key: Any) -> Any:
        return self.parts[key] if isinstance(key, str) else super().__getitem__(key)


def with_parts(value: Any, field: ElementField | None, people: Mapping[str, Person]) -> Any:
    """Give a field's value as a text may name its parts."""
    if isinstance(value, list | tuple):
        return Several(with_parts(one, field, people) for one in value)
    if isinstance(value, Mapping):
        return Address(value)
    if field is not None and field.kind == "person":
        return Named.of(str(value), people.get(str(value)))
    return value
