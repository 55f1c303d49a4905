"""Signals of apps: one kind, `app.called`, whose payload names the app and what happened there (`event`)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from automation.documents import DocumentError, one_of
from automation.knowledge import Knowledge

CALLED = "app.called"
APP, EVENT = "app", "event"


def wrong_filter(on: str, wanted: Mapping[str, Any], knowledge: Knowledge) -> Iterator[DocumentError]:
    """Find what a filter asks of apps that no installed one can send."""
    if on != CALLED:
        return
    named = _values(wanted.get(APP))
    yield from _unknown(APP, "there is no app", named, knowledge.apps)
    apps = [app for app in knowledge.apps.values() if not named or app.id in named]
    events = {trigger.key for app in apps for trigger in app.triggers}
    yield from _unknown(EVENT, "no installed app tells of", _values(wanted.get(EVENT)), events)


def _unknown(at: str, told: str, named: Iterable[str], known: Iterable[str]) -> Iterator[DocumentError]:
    names = set(known)
    for name in named:
        if name not in names:
            fix = one_of(names) if names else "install the app first"
            yield DocumentError(at, f"{told} {name!r}", fix)


def _values(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in (value if isinstance(value, list | tuple) else [value])]
