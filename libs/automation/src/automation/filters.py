"""What a trigger, or a rule that waits, asks of a signal's payload."""

from collections.abc import Mapping
from typing import Any


def fits(wanted: Mapping[str, Any], payload: Mapping[str, Any]) -> bool:
    """Say whether each value that a filter names is in the payload; a list means any of its values."""
    return all(not _as_set(payload.get(key)).isdisjoint(_as_set(value)) for key, value in wanted.items())


def _as_set(value: Any) -> set[str]:
    return {str(one) for one in (value if isinstance(value, list | tuple) else [value])}
