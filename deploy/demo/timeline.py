"""How a timeline reads as a table."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from deploy.demo.screen import MARKS


def rows_of(timeline: Iterable[dict[str, Any]]) -> list[Sequence[Any]]:
    """Give the lines of a timeline as cells: when, in which stage, state, what it was."""
    return [(clock(row["at"]), row["stage"], state(row), row["words"]) for row in timeline]


def clock(at: str) -> str:
    """Give the time of day of a moment."""
    return f"{datetime.fromisoformat(at):%H:%M:%S}"


def state(row: dict[str, Any]) -> str:
    """Give a state with its mark."""
    named = row.get("state") or ""
    return f"{MARKS.get(named, '')} {named}".strip()
