"""The two engines that fill templates in: Liquid for texts, Jinja for DOCX; both in a sandbox."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from jinja2 import Environment, Undefined
from jinja2.filters import do_round, make_attrgetter
from jinja2.sandbox import ImmutableSandboxedEnvironment
from liquid import Mode
from liquid import Undefined as LiquidUndefined
from liquid.exceptions import LiquidError
from typing_extensions import override

from automation.papers.wording import CannotWrite, filters, half_up
from automation.sandbox import LONGEST_TEXT, Missing, PlaceholderEmpty, Sandbox
from automation.text_maths import CannotOrder, amounts

# What a document's language and zone are where nobody says them, as for a look at its placeholders.
ANY = ("en", "UTC")
# What they make of a list that is missing is missing too; the library takes it for a list of nothing.
LISTS = (
    "batch",
    "dictsort",
    "groupby",
    "items",
    "join",
    "list",
    "map",
    "reject",
    "rejectattr",
    "reverse",
    "select",
    "selectattr",
    "slice",
    "sort",
    "sum",
    "unique",
)
ORDERING = ("max", "min", "sort")


class Paper(Sandbox):
    """Documents are longer than messages."""

    output_stream_limit = 20 * LONGEST_TEXT


class Empty(Undefined):
    """What a name without a value stands for in DOCX: it may be asked for, and have a default, but not be written."""

    __slots__ = ()

    @override
    def __str__(self) -> str:
        raise PlaceholderEmpty(self._undefined_name or "?")

    __html__ = __str__


@lru_cache(maxsize=64)
def liquid(language: str, zone: str, *, html: bool) -> Paper:
    """Give the engine of texts; what goes into HTML is escaped."""
    environment = Paper(undefined=Missing, tolerance=Mode.STRICT, autoescape=html)
    for name, write in filters(language, zone).items():
        environment.filters[name] = _said_in_liquid(write)
    return environment


@lru_cache(maxsize=64)
def jinja(language: str, zone: str) -> ImmutableSandboxedEnvironment:
    """Give the engine of DOCX: values are escaped, names that begin with an underscore and code are out of reach."""
    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=Empty)
    environment.globals.clear()
    environment.filters.update({name: _of_lists(environment.filters[name]) for name in LISTS})
    environment.filters.update({name: _in_order(environment.filters[name]) for name in ORDERING})
    environment.filters["round"] = _rounded
    environment.filters.update({name: _said_in_jinja(write) for name, write in filters(language, zone).items()})
    return environment


def _said_in_liquid(write: Callable[..., str]) -> Callable[..., str]:
    @wraps(write)
    def run(value: Any, *given: Any) -> str:
        if isinstance(value, LiquidUndefined):
            return str(value)
        try:
            return write(value, *given)
        except CannotWrite as error:
            raise LiquidError(str(error), token=None) from None

    return run


def _said_in_jinja(write: Callable[..., str]) -> Callable[..., str]:
    @wraps(write)
    def run(value: Any, *given: Any) -> str:
        return str(value) if isinstance(value, Undefined) else write(value, *given)

    return run


def _of_lists(run: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(run)
    def passed(*given: Any, **named: Any) -> Any:
        # Some are given the environment first.
        missing = next((one for one in given[:2] if isinstance(one, Undefined)), None)
        return run(*given, **named) if missing is None else missing

    return passed


def _in_order(run: Callable[..., Any]) -> Callable[..., Any]:
    """Let money be put in order by its amount and not by its letters; raises `CannotWrite` where it has none."""

    @wraps(run)
    def ordered(environment: Environment, given: Any, *others: Any, **named: Any) -> Any:
        if isinstance(given, Undefined):
            return run(environment, given, *others, **named)
        values = list(given)
        part = make_attrgetter(environment, named.get("attribute"))
        try:
            by = amounts([part(one) for one in values])
        except CannotOrder as error:
            raise CannotWrite(str(error)) from None
        if by is None or None in by:
            return run(environment, values, *others, **named)
        found = run(environment, list(enumerate(by)), *others, **{**named, "attribute": 1})
        return [values[place] for place, _ in found] if isinstance(found, list) else values[found[0]]

    return ordered


def _rounded(value: Any, precision: int = 0, method: Any = "common") -> Any:
    """Round half up, as all else does; the library rounds half to even."""
    if isinstance(value, Undefined):
        return str(value)
    if method != "common" or precision < 0:
        return do_round(value, precision, method)
    return float(half_up(value, precision))
