"""What an action is: its name, its kind, whom it reaches and how, and what its parameters mean."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from contracts.actions import Recipient
from contracts.commands import ItemCommand
from contracts.data import JsonObject
from pydantic import BeforeValidator

from automation.documents import Document, DocumentError
from automation.facts import Facts
from automation.intervals import Interval

if TYPE_CHECKING:
    from automation.vocabulary import Vocabulary

Channel = Literal["phone", "email", "chat", "notice", "person", "document", "audience", "crm", "web"]
EffectClass = Literal["reversible", "compensable", "irreversible"]


class Means(StrEnum):
    """What a parameter is to the one who prepares it."""

    TEXT = "a text with placeholders"
    MARKDOWN = "a text in Markdown with placeholders"
    HTML = "a text in HTML with placeholders"
    TEXTS = "an object or a list whose texts have placeholders"
    SPAN = "an interval counted from dispatch"
    PEOPLE = "who is meant"
    PERSON = "a person who is named, and not asked for anything"
    FORMULA = "a formula"
    VALUE = "a value that is taken as it is"


def _is_interval(written: Any) -> Any:
    if isinstance(written, str):
        Interval.read(written)
    return written


Text = Annotated[str, Means.TEXT]
Markdown = Annotated[str, Means.MARKDOWN]
Html = Annotated[str, Means.HTML]
Texts = Annotated[JsonObject, Means.TEXTS]
Span = Annotated[str | None, BeforeValidator(_is_interval), Means.SPAN]
Formula = Annotated[str, Means.FORMULA]
Value = Annotated[str, Means.VALUE]
People = Annotated[str | dict[str, str], Means.PEOPLE]
PersonNamed = Annotated[str | dict[str, str], Means.PERSON]


class Params(Document):
    """The parameters of an action as people write them."""


class CannotCompute(Exception):
    """An action has no results; the message says why, in words for who wrote the rule."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What an action is about to do: for whom, and with which parameters, all resolved."""

    recipients: tuple[Recipient, ...]
    params: JsonObject
    seen: Mapping[str, Any] = field(default_factory=dict)


def _none(_: JsonObject) -> Iterable[str]:
    return ()


def _nothing_wrong(_: JsonObject, __: "Vocabulary") -> Iterable[DocumentError]:
    return ()


def _as_they_are(effects: Effects, _: Facts) -> Effects:
    return effects


@dataclass(frozen=True, slots=True)
class Action:
    """One action that rules can do.

    `kind` is the tail of its topic, None for what crm-api does by a `command` made from the common part and the
    parameters, and for what `compute` works out at once: it gives the results, or raises `CannotCompute`. A `lasting`
    command is answered late, so that a leave has to call it off. `results` are the names that later rules can read,
    `names` those that the parameters, as they are written, add. `signals` are the kinds of signals that its effects
    are for their item, each with what it tells: parameters, and the `rule`. `finish` adds what only this action knows,
    `check` finds what only this action can say is wrong.
    """

    name: str
    kind: str | None
    channel: Channel
    effect: EffectClass
    params: type[Params]
    is_message: bool = False
    results: tuple[str, ...] = ()
    command: Callable[[JsonObject, JsonObject], ItemCommand] | None = None
    compute: Callable[[JsonObject, Facts, UUID], JsonObject] | None = None
    lasting: bool = False
    names: Callable[[JsonObject], Iterable[str]] = _none
    signals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    finish: Callable[[Effects, Facts], Effects] = _as_they_are
    check: Callable[[JsonObject, "Vocabulary"], Iterable[DocumentError]] = _nothing_wrong

    @property
    def is_plain(self) -> bool:
        """Say whether a worker does it as its parameters say, with nothing that only this action knows."""
        return self.kind is not None and self.command is None and self.compute is None and self.finish is _as_they_are

    def gives(self, written: JsonObject) -> tuple[str, ...]:
        """Give the names of the results that a rule with these parameters has."""
        return (*self.results, *self.names(written))
