"""Timings, conditions and actions in words, as they are written: for those who read what a publish changes."""

from collections.abc import Mapping
from typing import Any

LONGEST = 80
TIMING_WORDS = {
    "after": "{} after entry",
    "before": "before {}",
    "after_date": "after {}",
    "after_previous": "{} after the rule before it",
    "wait_for": "when {} arrives",
    "anniversary": "every year on {}",
    "every": "recurring at {}",
    "at": "at {}",
}
COMPARISON_WORDS = {
    "equals": "is",
    "differs": "is not",
    "in": "is one of",
    "contains": "contains",
    "greater": "is greater than",
    "smaller": "is smaller than",
    "between": "is between",
    "before": "is before",
    "after": "is after",
}
BRANCH_WORDS = {"all": " and ", "any": " or "}
YES_OR_NO = {
    ("empty", True): "is empty",
    ("empty", False): "is not empty",
    ("changed", True): "has changed",
    ("changed", False): "has not changed",
}


def timing_in_words(doc: Mapping[str, Any]) -> str:
    """Say when a rule runs, as `2 days after entry, working_time portal`."""
    kind = next((kind for kind in TIMING_WORDS if kind in doc), None)
    options = [f"{name} {value_in_words(value)}" for name, value in doc.items() if name not in {kind, "immediate"}]
    lead = "at entry" if kind is None else TIMING_WORDS[kind].format(value_in_words(doc[kind]))
    return ", ".join((lead, *options))


def condition_in_words(doc: Any) -> str:
    """Say what must hold, as `item.amount is greater than 1000 EUR and (…)`; none is `always`."""
    if doc is None:
        return "always"
    if not isinstance(doc, Mapping):
        return value_in_words(doc)
    if "field" in doc:
        return _comparison(doc)
    return _branch(doc)


def _branch(doc: Mapping[str, Any]) -> str:
    branch, parts = next(iter(doc.items()), ("all", ()))
    if branch == "not":
        return f"not ({condition_in_words(parts)})"
    if branch not in BRANCH_WORDS or not isinstance(parts, list | tuple):
        return value_in_words(doc)
    return BRANCH_WORDS[branch].join(_inside(part) for part in parts) or "always"


def action_in_words(do: Mapping[str, Mapping[str, Any]]) -> str:
    """Say what a rule does, as `send-sms: to contact, text “Hello”`."""
    name, params = next(iter(do.items()))
    return f"{name}: {value_in_words(params)}" if params else name


def value_in_words(value: Any) -> str:
    """Show a value of a document: objects and lists as people would say them, long texts cut."""
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(value_in_words, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None or value == "" else _text(str(value))


def _object(doc: Mapping[str, Any]) -> str:
    if doc.keys() == {"field"}:
        return str(doc["field"])
    return ", ".join(f"{key} {value_in_words(value)}" for key, value in doc.items())


def _comparison(doc: Mapping[str, Any]) -> str:
    named = {key: value for key, value in doc.items() if key != "field"}
    said = [_compared(key, value) for key, value in named.items()]
    return " ".join((str(doc["field"]), *said))


def _compared(key: str, value: Any) -> str:
    if isinstance(value, bool) and (key, value) in YES_OR_NO:
        return YES_OR_NO[key, value]
    return f"{COMPARISON_WORDS.get(key, key)} {value_in_words(value)}"


def _inside(part: Any) -> str:
    words = condition_in_words(part)
    nested = isinstance(part, Mapping) and not BRANCH_WORDS.keys().isdisjoint(part)
    return f"({words})" if nested else words


def _text(text: str) -> str:
    short = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return f"“{short}”" if " " in text and not text[:1].isdigit() else short
