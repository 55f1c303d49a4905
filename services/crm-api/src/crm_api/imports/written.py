"""What people write into cells, as fields take it: numbers with thousands, dates of every order, names of choices."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from automation.wall_times import moment
from contracts.elements import ElementField, FieldKind
from contracts.people import Person

from crm_api.intake.payloads import FALSE, TRUE
from crm_api.spreadsheets.defusing import meant
from crm_api.spreadsheets.texts import all_of

SPACES = re.compile(r"[\s\u00a0\u202f']+")
WRITTEN_DATE = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[ T](.+))?")
CURRENCY_FIRST = re.compile(r"([A-Z]{3})\s*(.+)")
CURRENCY_LAST = re.compile(r"(.+?)\s*([A-Z]{3})")
DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ]\d{1,2}:.+)?")
BETWEEN = re.compile(r"[;,\n]")
# Whoever writes a fraction behind a comma writes a space behind one that stands between two numbers.
BETWEEN_NUMBERS = re.compile(r"[;\n]|,\s")
NUMBERS: frozenset[FieldKind] = frozenset({"integer", "decimal", "money"})


@dataclass(frozen=True, slots=True)
class Manner:
    """How the writer of a file writes; what they leave out is the company's."""

    decimal: str
    dates: str
    zone: ZoneInfo
    currency: str
    people: Mapping[str, Person]


def value_of(field: ElementField, cell: Any, manner: Manner) -> Any:
    """Give what a cell says for a field as JSON has it; what cannot be read stays as it is, for the field to refuse."""
    cell = plain(cell)
    if cell is None:
        return None
    if not (field.multiple or field.kind == "choices"):
        return one(field, cell, manner)
    return [one(field, part, manner) for part in parts(field, cell, manner)]


def parts(field: ElementField, cell: Any, manner: Manner) -> list[Any]:
    """Give the several values that a cell holds."""
    if not isinstance(cell, str):
        return [cell]
    between = BETWEEN_NUMBERS if manner.decimal == "," and field.kind in NUMBERS else BETWEEN
    return [part.strip() for part in between.split(cell) if part.strip()]


def plain(cell: Any) -> Any:
    """Give a cell without the spaces around it and without its guard; None for an empty one."""
    return (meant(cell.strip()) or None) if isinstance(cell, str) else cell


def one(field: ElementField, cell: Any, manner: Manner) -> Any:
    """Give a single value."""
    return KINDS[field.kind](cell, field, manner) if field.kind in KINDS else text_of(cell)


def text_of(cell: Any) -> str:
    """Give a cell as text, a whole number without a fraction."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, bool):
        return str(cell).lower()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def number_of(cell: Any, manner: Manner) -> str:
    """Give a number as its digits with a point; groups of thousands are taken together."""
    if not isinstance(cell, str):
        return text_of(cell)
    text = SPACES.sub("", cell)
    if manner.decimal == ",":
        return (
            text.replace(".", "").replace(",", ".")
            if re.fullmatch(r"-?\d{1,3}(\.\d{3})*(,\d*)?|-?\d+(,\d*)?", text)
            else text
        )
    return text.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d*)?", text) else text


def _integer(cell: Any, _: ElementField, manner: Manner) -> Any:
    text = number_of(cell, manner)
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else text


def _decimal(cell: Any, _: ElementField, manner: Manner) -> Any:
    return number_of(cell, manner)


def _money(cell: Any, _: ElementField, manner: Manner) -> Any:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return f"{Decimal(text_of(cell)):f} {manner.currency}"
    text = text_of(cell)
    for pattern, amount, currency in ((CURRENCY_LAST, 1, 2), (CURRENCY_FIRST, 2, 1)):
        found = pattern.fullmatch(text)
        if found:
            return f"{number_of(found[amount], manner)} {found[currency]}"
    return f"{number_of(text, manner)} {manner.currency}"


def _date(cell: Any, _: ElementField, manner: Manner) -> Any:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    found = DAY.fullmatch(iso_of(text_of(cell), manner))
    return found[1] if found else text_of(cell)


def _datetime(cell: Any, _: ElementField, manner: Manner) -> Any:
    try:
        at = cell if isinstance(cell, datetime) else datetime.fromisoformat(iso_of(text_of(cell), manner))
        return (moment(at, manner.zone) if at.tzinfo is None else at).isoformat()
    except (ValueError, OverflowError):
        return text_of(cell)


def iso_of(text: str, manner: Manner) -> str:
    """Give a date like 31.12.2026 as ISO 8601 has it; any other text as it is."""
    found = WRITTEN_DATE.fullmatch(text)
    if found is None:
        return text
    day, month = (found[1], found[2]) if manner.dates == "dmy" else (found[2], found[1])
    # Hours before ten are written with one digit, too.
    clock = f"T{re.sub(r'^(?=[0-9]:)', '0', found[4])}" if found[4] else ""
    return f"{found[3]}-{month:0>2}-{day:0>2}{clock}"


def _boolean(cell: Any, _: ElementField, __: Manner) -> Any:
    text = text_of(cell).lower()
    return True if text in TRUE else False if text in FALSE else text


def _choice(cell: Any, field: ElementField, _: Manner) -> Any:
    text = text_of(cell)
    if text in field.choices:
        return text
    named = ((key, all_of(field.choice_names.get(key, ""))) for key in field.choices)
    return called(text, ((key, (key, *names)) for key, names in named)) or text


def _person(cell: Any, _: ElementField, manner: Manner) -> Any:
    return person_of(text_of(cell), manner)


def person_of(text: str, manner: Manner) -> str:
    """Give the id of a person by their id, email or name; the text itself where it is nobody's."""
    if text in manner.people:
        return text
    return called(text, ((id_, (p.email, p.name)) for id_, p in manner.people.items())) or text


def called(text: str, known: Iterable[tuple[str, Iterable[str]]]) -> str | None:
    """Give the one key whose names have this text among them, whatever its case; None where there is not one."""
    wanted = text.casefold()
    found = {key for key, names in known if wanted in {name.casefold() for name in names if name}}
    return found.pop() if len(found) == 1 else None


def _address(cell: Any, _: ElementField, __: Manner) -> Any:
    return {"street": text_of(cell)}


KINDS: dict[FieldKind, Callable[[Any, ElementField, Manner], Any]] = {
    "integer": _integer,
    "decimal": _decimal,
    "money": _money,
    "date": _date,
    "datetime": _datetime,
    "boolean": _boolean,
    "choice": _choice,
    "choices": _choice,
    "person": _person,
    "address": _address,
}
