"""Cells: the values of fields as a spreadsheet knows them, with their types."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from contracts.elements import ElementField, FieldKind
from contracts.money import Money

from crm_api.fields import several
from crm_api.spreadsheets.texts import told

Cell: TypeAlias = str | bool | int | Decimal | Money | datetime | date | None
BETWEEN = ", "


@dataclass(frozen=True, slots=True)
class Telling:
    """How values are told: in which language, and in which zone moments are shown."""

    language: str
    zone: ZoneInfo


def cell_of(field: ElementField, value: Any, telling: Telling) -> Cell:
    """Give what a field holds as a cell; several values are one text."""
    if value is None:
        return None
    if field.multiple or field.kind == "choices":
        return BETWEEN.join(text_of(one(field, v, telling)) for v in several(value))
    return one(field, value, telling)


def one(field: ElementField, value: Any, telling: Telling) -> Cell:
    """Give a single value of a field; one that is not of its kind (any more) is told as it is."""
    try:
        return TYPED[field.kind](value, field, telling) if field.kind in TYPED else str(value)
    except (TypeError, ValueError, ArithmeticError):
        return str(value)


def text_of(cell: Cell) -> str:
    """Give a cell as text: dates as ISO 8601, numbers with a point, true and false."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case datetime():
            return cell.isoformat(timespec="seconds")
        case date():
            return cell.isoformat()
        case Decimal():
            return format(cell, "f")
        case _:
            return str(cell)


def moment(at: datetime, telling: Telling) -> datetime:
    """Give a moment as clocks in the zone show it, with the offset."""
    return at.astimezone(telling.zone)


def _choice(value: Any, field: ElementField, telling: Telling) -> Cell:
    return told(field.choice_names.get(value, ""), telling.language, str(value))


def _address(value: Any, _: ElementField, __: Telling) -> Cell:
    parts: Iterable[object] = value.values() if isinstance(value, Mapping) else (value,)
    return BETWEEN.join(str(part) for part in parts if part)


TYPED: dict[FieldKind, Callable[[Any, ElementField, Telling], Cell]] = {
    "integer": lambda value, _, __: int(value),
    "decimal": lambda value, _, __: Decimal(value),
    "money": lambda value, _, __: Money.read(value),
    "date": lambda value, _, __: date.fromisoformat(value),
    "datetime": lambda value, _, telling: moment(datetime.fromisoformat(value), telling),
    "boolean": lambda value, _, __: bool(value),
    "choice": _choice,
    "choices": _choice,
    "address": _address,
}
