"""Bodies as values: JSON within limits that everything behind the door can bear."""

from typing import Any

import msgspec
from chassis.problems import Problem

DEEPEST = 64
NUL = "\x00"


def read_json(body: bytes) -> Any:
    """Read JSON, without NUL, which no database takes; raises a 400 problem for what is none, or is too deep."""
    try:
        value = msgspec.json.decode(body)
    except RecursionError:
        raise too_deep() from None
    except ValueError as error:  # not JSON, not UTF-8, or a number of thousands of digits
        raise Problem(400, "The body is not JSON", detail=str(error)) from None
    # So few brackets cannot be nested deeper, and most bodies have few.
    if body.count(b"{") + body.count(b"[") > DEEPEST or b"u0000" in body:
        return cleaned(value, DEEPEST)
    return value


def cleaned(value: Any, depth: int) -> Any:
    """Give a value without NUL; raises a 400 problem where it is deeper than this."""
    if isinstance(value, str):
        return value.replace(NUL, "")
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        raise too_deep()
    if isinstance(value, dict):
        return {name.replace(NUL, ""): cleaned(one, depth - 1) for name, one in value.items()}
    return [cleaned(one, depth - 1) for one in value]


def too_deep() -> Problem:
    """Give the answer to JSON that is nested too deeply."""
    return Problem(400, "The JSON is too deep", detail=f"It may have {DEEPEST} levels.")
