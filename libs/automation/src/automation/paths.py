"""Names of values, as `item.amount` or `results.contract.url`, compiled to functions that read them."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from contracts.items import Item
from contracts.people import Person
from typing_extensions import override

from automation.documents import DocumentError

if TYPE_CHECKING:
    from automation.facts import Facts

Reader = Callable[["Facts"], object]
FORM = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+){1,4}")


NEVER = datetime.fromtimestamp(0, UTC)


class _Empty:
    """The one value of what is not there."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    @override
    def __repr__(self) -> str:
        return "EMPTY"


class _Unknown:
    """The one value of what cannot be known before the item is found."""

    __slots__ = ()

    @override
    def __repr__(self) -> str:
        return "UNKNOWN"


EMPTY: Final = _Empty()
UNKNOWN: Final = _Unknown()
# Stands for the item that a signal has not been tied to yet: nothing is known of it.
ANY_ITEM: Final = Item(id=UUID(int=0), type="", version=0, entered_at=NEVER, created_at=NEVER)
ITEM_ATTRIBUTES: dict[str, Callable[[Item], object]] = {
    "id": lambda item: str(item.id),
    "type": lambda item: item.type,
    "pipeline": lambda item: item.pipeline,
    "stage": lambda item: item.stage,
    "title": lambda item: item.title,
    "responsible": lambda item: item.responsible,
    "version": lambda item: item.version,
    "activation": lambda item: item.activation,
    "created_at": lambda item: item.created_at,
    "entered_at": lambda item: item.entered_at,
}
PERSON_ATTRIBUTES: dict[str, Callable[[Person], object]] = {
    "id": lambda person: person.id,
    "name": lambda person: person.name,
    "email": lambda person: person.email,
    "phone": lambda person: person.phone,
    "role": lambda person: person.role,
}


def filled(value: object) -> object:
    """Give the value, or `EMPTY` for what means that there is none."""
    return EMPTY if value is None or value in ("", [], (), {}) else value


def of_item(item: Item | None, name: str) -> object:
    """Read an attribute or field of an item; `name` is its title where it has no such field."""
    if item is None:
        return EMPTY
    read = ITEM_ATTRIBUTES.get(name)
    if read is not None:
        return filled(read(item))
    if name == "name" and name not in item.fields:
        return filled(item.title)
    return filled(item.fields.get(name))


def of_person(person: Person | None, name: str) -> object:
    """Read an attribute of a person."""
    read = PERSON_ATTRIBUTES.get(name)
    return EMPTY if person is None or read is None else filled(read(person))


def part_of(value: object, name: str, people: Mapping[str, Person]) -> object:
    """Read a part of a field's value: of an address, or of the person that it names; of several people the first."""
    if isinstance(value, Mapping):
        return filled(value.get(name))
    first = value[0] if isinstance(value, list | tuple) and value else value
    return of_person(people.get(first), name) if isinstance(first, str) else EMPTY


def _of_record(item: Item | None, names: tuple[str, ...], facts: "Facts") -> object:
    value = of_item(item, names[0])
    return part_of(value, names[1], facts.knowledge.people) if len(names) > 1 else value


def _deep(value: object, names: tuple[str, ...]) -> object:
    for name in names:
        if not isinstance(value, Mapping):
            return EMPTY
        value = value.get(name)
    return filled(value)


def _gathered(facts: "Facts", names: tuple[str, ...]) -> object:
    """Read `signals.size`, a value of the `first` or `last`, or one of each: as a list, or as lines of one text."""
    told, which = facts.gathered, names[0]
    if which == SIZE:
        return len(told)
    if which in PLACES:
        return _deep(told[PLACES[which]], names[1:]) if told else EMPTY
    values = [value for one in told if (value := _deep(one, names[1:])) is not EMPTY]
    return filled("\n".join(map(str, values)) if which == JOINED else values)


# What can be read of several signals: how many there are, one of them, or one value of each.
SIZE, ALL, JOINED = "size", "all", "joined"
PLACES = {"first": 0, "last": -1}
# Where each root leads; any other root is the role of a link.
DEEP = frozenset({"results", "const", "var", "signal", "signals"})
DEEPEST_OF_RECORD = 2  # a field, and a part of its value
KNOWN_WITHOUT_ITEM = frozenset({"signal", "signals", "const", "portal", "rule"})
ROOTS: dict[str, Callable[["Facts", tuple[str, ...]], Any]] = {
    "item": lambda facts, names: _of_record(facts.item, names, facts),
    "responsible": lambda facts, names: of_person(facts.responsible, names[0]),
    "supervisor": lambda facts, names: of_person(facts.supervisor, names[0]),
    "results": lambda facts, names: _deep(facts.results, names),
    "const": lambda facts, names: _deep(facts.knowledge.constant_values, names),
    "var": lambda facts, names: _deep(facts.variables, names),
    "signal": lambda facts, names: _deep(facts.signal_values, names),
    "signals": _gathered,
    "rule": lambda facts, names: _deep(facts.rule_values, names),
    "portal": lambda facts, names: filled(getattr(facts.knowledge.portal, names[0], None)),
}


def _check_depth(path: str, root: str, names: tuple[str, ...]) -> None:
    of_record = root == "item" or root not in ROOTS
    deepest = DEEPEST_OF_RECORD if of_record else 1
    if root not in DEEP and len(names) > deepest:
        raise DocumentError("", f"{path!r} names no value: {'.'.join((root, *names[:deepest]))} has no parts")
    if root == "signals" and not _is_gathered(names):
        fix = "write signals.size, or signals.first.text, signals.last.text, signals.all.text or signals.joined.text"
        raise DocumentError("", f"{path!r} names no value of the signals that were gathered", fix)


def _is_gathered(names: tuple[str, ...]) -> bool:
    """Say whether parts of a path name something of the signals that were gathered."""
    return names == (SIZE,) or (len(names) > 1 and names[0] in {ALL, JOINED, *PLACES})


@lru_cache(maxsize=8192)
def reader(path: str) -> Reader:
    """Compile a path; raises `DocumentError` where it has not the form of one."""
    if FORM.fullmatch(path) is None:
        raise DocumentError("", f"{path!r} names no value", "write it like item.amount or results.contract.url")
    root, *rest = path.split(".")
    names = tuple(rest)
    _check_depth(path, root, names)
    lead = ROOTS.get(root)
    if lead is None:
        return lambda facts: UNKNOWN if facts.item is ANY_ITEM else _of_record(facts.link(root), names, facts)
    if root in KNOWN_WITHOUT_ITEM:
        return lambda facts: lead(facts, names)
    return lambda facts: UNKNOWN if facts.item is ANY_ITEM else lead(facts, names)
