"""Inputs that nobody has to think of: one value for each kind, and what is wrong for each."""

from collections.abc import Iterable
from typing import Any

from contracts.apps import AppValue, AppValueKind
from contracts.data import JsonObject

VALUES: dict[AppValueKind, Any] = {
    "string": "Ana Silva",
    "text": "Ana Silva asks for two tables.",
    "integer": 3,
    "decimal": "12.50",
    "money": "1200.00 EUR",
    "boolean": True,
    "date": "2026-12-31",
    "datetime": "2026-12-31T10:00:00+00:00",
    "person": "ann",
}


def sample(inputs: Iterable[AppValue]) -> JsonObject:
    """Give inputs as a rule could give them."""
    return {one.key: one.choices[0] if one.choices else VALUES[one.kind] for one in inputs}


def without_required(inputs: Iterable[AppValue]) -> JsonObject | None:
    """Give inputs of which one that is required is missing; None where none is."""
    values = tuple(inputs)
    gone = next((one.key for one in values if one.required), None)
    return None if gone is None else {key: value for key, value in sample(values).items() if key != gone}
