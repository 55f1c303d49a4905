"""The parameters of an action, with their texts filled in."""

from collections.abc import Callable, Sequence
from typing import Any

from contracts.data import JsonObject

from automation.calls import Call, from_now
from automation.compiled.case import Case
from automation.compiled.places import NotCompiled, Places
from automation.facts import EMPTY
from automation.intervals import Interval
from automation.templates import Template, shown

Values = Sequence[object]
Write = Callable[[Values], str | None]
Params = Callable[[Case, Values], dict[str, Any] | None]


def params(call: Call, places: Places) -> Params:
    """Compile the parameters; they are None where a placeholder is empty. Raises `NotCompiled`."""
    if call.formulas or call.values or any(inside for _, *inside in call.texts):
        raise NotCompiled("parameters")
    texts = [(key, _text(text, places)) for (key, *_), text in call.texts.items()]
    return _filling(call.fixed, texts, tuple(call.spans.items()))


def _filling(fixed: JsonObject, texts: Sequence[tuple[str, Write]], spans: Sequence[tuple[str, Interval]]) -> Params:
    def filled_in(case: Case, values: Values) -> dict[str, Any] | None:
        written = dict(fixed)
        for key, write in texts:
            text = write(values)
            if text is None:
                return None
            written[key] = text
        for key, span in spans:
            written[key] = from_now(span, case.facts, case.now).isoformat()
        return written

    return filled_in


def _text(text: Template, places: Places) -> Write:
    if text.pieces is None:
        raise NotCompiled("Liquid")
    start = text.start
    pieces = tuple((places.of(path), after) for path, after in text.pieces)
    if not pieces:
        return lambda _: start

    def write(values: Values) -> str | None:
        written = [start]
        for at, after in pieces:
            value = values[at]
            if value is EMPTY:
                return None
            written += (value if isinstance(value, str) else shown(value), after)
        return "".join(written)

    return write
