"""The two engines that fill templates in: Liquid for texts, Jinja for DOCX; both in a sandbox."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from jinja2 import Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from liquid import Mode
from liquid import Undefined as LiquidUndefined
from liquid.exceptions import LiquidError
from typing_extensions import override

from automation.papers.wording import CannotWrite, filters
from automation.sandbox import LONGEST_TEXT, Missing, PlaceholderEmpty, Sandbox

# What a document's language and zone are where nobody says them, as for a look at its placeholders.
ANY = ("en", "UTC")


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
