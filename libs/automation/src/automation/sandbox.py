"""Liquid with limits: no clock, no files, no code, and nothing that grows without bound.

Loops, output and variables are limited by the library; a filter that could multiply its input is measured before it
runs, because the library measures only what is written.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any

from liquid import Environment, Mode, Undefined
from liquid.context import RenderContext
from liquid.exceptions import LiquidError
from liquid.filter import with_context
from liquid.template import BoundTemplate
from typing_extensions import override

from automation.text_maths import in_order, of_numbers, rounded
from automation.wall_times import read_zone

LONGEST_TEMPLATE = 20_000
LONGEST_TEXT = 100_000
LOOPS = 10_000
LONGEST_FORMAT = 60
# Tags that load other templates are left out, there are none.
TAGS_LEFT_OUT = ("include", "render", "tablerow", "increment", "decrement")
UNDEFINED = " is undefined"
GROWING = (
    "replace",
    "replace_first",
    "replace_last",
    "append",
    "prepend",
    "join",
    "newline_to_br",
    "escape",
    "base64_encode",
    "base64_url_safe_encode",
)
MATHS = (
    "abs",
    "at_least",
    "at_most",
    "ceil",
    "divided_by",
    "floor",
    "minus",
    "modulo",
    "plus",
    "round",
    "times",
)
# What they make of a list that is missing, or find where there is nothing, is missing too.
LISTS = (
    "compact",
    "concat",
    "find",
    "find_index",
    "first",
    "has",
    "last",
    "map",
    "reject",
    "reverse",
    "sort",
    "sort_natural",
    "sum",
    "uniq",
    "where",
)

SORTS = ("sort", "sort_natural")


class PlaceholderEmpty(Exception):
    """A placeholder has no value and no default."""

    def __init__(self, name: str) -> None:
        super().__init__(f"placeholder {{{{ {name} }}}} has no value; give it a default or fill the field")
        self.name = name


class TemplateTooCostly(LiquidError):
    """A text would grow beyond its limit."""

    def __init__(self) -> None:
        super().__init__(f"the text would be longer than {LONGEST_TEXT} characters", token=None)


class Missing(Undefined):
    """What a name without a value stands for: a default may replace it, writing it is an error."""

    __slots__ = ()

    @override
    def __str__(self) -> str:
        # The library keeps the root as name, and the whole path only in its hint.
        whole = (self.hint or "").removesuffix(UNDEFINED)
        raise PlaceholderEmpty(whole if whole.startswith(f"{self.name}.") else self.name)

    @override
    def __hash__(self) -> int:
        return hash(self.name)

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Undefined) or other is None


class Sandbox(Environment):
    """Liquid as users of rules may use it."""

    loop_iteration_limit = LOOPS
    output_stream_limit = LONGEST_TEXT
    local_namespace_limit = 2 * LONGEST_TEXT
    context_depth_limit = 20
    block_nesting_limit = 20

    @override
    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=False)
        for name in TAGS_LEFT_OUT:
            self.tags.pop(name, None)
        for name in GROWING:
            if name in self.filters:
                self.filters[name] = _measured(self.filters[name])
        self.filters["round"] = rounded
        for name in MATHS:
            self.filters[name] = _needed(of_numbers(self.filters[name]))
        for name in SORTS:
            self.filters[name] = in_order(self.filters[name])
        for name in LISTS:
            self.filters[name] = _of_lists(name, self.filters[name])
        self.filters["join"] = _needed(self.filters["join"])
        self.filters["date"] = _date


def read_liquid(text: str, sandbox: Sandbox | None = None) -> BoundTemplate:
    """Parse a text; raises `LiquidError`, also for a filter that does not exist."""
    sandbox = sandbox or SANDBOX
    parsed = sandbox.from_string(text)
    unknown = sorted(set(parsed.filter_names()) - sandbox.filters.keys())
    if unknown:
        raise LiquidError(f"unknown filter {', '.join(unknown)}", token=None)
    return parsed


def said_of(error: LiquidError) -> str:
    """Give the library's words for what is wrong."""
    return str(error.args[0]) if error.args else type(error).__name__


def _measured(run: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(run)
    def measured(value: Any, *given: Any, **named: Any) -> Any:
        # Each character of the value may at worst be replaced by the longest argument.
        longest = max([len(str(one)) for one in given if not isinstance(one, Undefined)], default=1)
        if (len(str(value)) + 1) * max(longest, 6) > LONGEST_TEXT * 10 and longest > 1:
            raise TemplateTooCostly
        made = run(value, *given, **named)
        if isinstance(made, str) and len(made) > LONGEST_TEXT:
            raise TemplateTooCostly
        return made

    return measured


def _needed(run: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse to work with what is not there: the library takes it for nothing, and nobody would see it."""

    @wraps(run)
    def needed(value: Any, *given: Any, **named: Any) -> Any:
        missing = next((one for one in (value, *given) if isinstance(one, Undefined)), None)
        return run(value, *given, **named) if missing is None else str(missing)

    return needed


def _of_lists(name: str, run: Callable[..., Any]) -> Callable[..., Any]:
    """Leave what is missing missing: the library takes it for a list of nothing, and writes nothing."""

    @wraps(run)
    def passed(value: Any, *given: Any, **named: Any) -> Any:
        for one in given:
            if isinstance(one, Undefined):
                return one
        if isinstance(value, Undefined):
            return value
        made = run(value, *given, **named)
        return Missing(f"… | {name}") if made is None else made

    return passed


@with_context
def _date(value: object, written: str = "%Y-%m-%d", *, context: RenderContext) -> str:
    """Write an ISO date in another form, a moment as the portal's clocks show it, for moments are stored in UTC.

    "now" is refused: a text must not depend on when it is rendered.
    """
    if isinstance(value, Undefined):
        return str(value)
    if len(written) > LONGEST_FORMAT:
        raise TemplateTooCostly
    try:
        return _on_clocks(datetime.fromisoformat(str(value)), context).strftime(written)
    except (ValueError, OverflowError):
        raise LiquidError(f"{value!s:.40} is not a date", token=None) from None


def _on_clocks(at: datetime, context: RenderContext) -> datetime:
    portal = context.resolve("portal", default=None)
    zone = portal.get("zone") if isinstance(portal, Mapping) else None
    return at if at.tzinfo is None or not zone else at.astimezone(read_zone(str(zone)))


SANDBOX = Sandbox(undefined=Missing, tolerance=Mode.STRICT)
