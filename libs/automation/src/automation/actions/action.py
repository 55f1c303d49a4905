"""What an action is: its name, its kind, whom it reaches and how, and what its parameters mean."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Literal

from contracts.actions import Recipient
from contracts.commands import ItemCommand
from contracts.data import JsonObject
from pydantic import BeforeValidator

from automation.documents import Document
from automation.facts import Facts
from automation.intervals import Interval

Channel = Literal["phone", "email", "person", "document", "audience", "crm"]
EffectClass = Literal["reversible", "compensable", "irreversible"]


class Means(StrEnum):
    """What a parameter is to the one who prepares it."""

    TEXT = "a text with placeholders"
    TEXTS = "an object whose texts have placeholders"
    SPAN = "an interval counted from dispatch"
    PEOPLE = "who is meant"
    FORMULA = "a formula"


def _is_interval(written: Any) -> Any:
    if isinstance(written, str):
        Interval.read(written)
    return written


Text = Annotated[str, Means.TEXT]
Texts = Annotated[JsonObject, Means.TEXTS]
Span = Annotated[str | None, BeforeValidator(_is_interval), Means.SPAN]
Formula = Annotated[str, Means.FORMULA]
People = Annotated[str | dict[str, str], Means.PEOPLE]


class Params(Document):
    """The parameters of an action as people write them."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What an action is about to do: for whom, and with which parameters, all resolved."""

    recipients: tuple[Recipient, ...]
    params: JsonObject
    seen: Mapping[str, Any] = field(default_factory=dict)


def _as_they_are(effects: Effects, _: Facts) -> Effects:
    return effects


@dataclass(frozen=True, slots=True)
class Action:
    """One action that rules can do.

    `kind` is the tail of its topic, None for what crm-api does by a `command` made from the common part and the
    parameters, and for what `compute` works out at once: it gives the results. `results` are the names that later rules
    can read. `finish` adds what only this action knows.
    """

    name: str
    kind: str | None
    channel: Channel
    effect: EffectClass
    params: type[Params]
    is_message: bool = False
    results: tuple[str, ...] = ()
    command: Callable[[JsonObject, JsonObject], ItemCommand] | None = None
    compute: Callable[[JsonObject, Facts], JsonObject] | None = None
    finish: Callable[[Effects, Facts], Effects] = _as_they_are
