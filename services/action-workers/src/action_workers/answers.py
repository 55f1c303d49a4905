"""What an attempt can come to: the provider's answer, or that there was none."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ClassVar, Literal

from chassis.errors import Rejected, Retryable

# What an attempt says of the account that it went through: it answers; it is down; it takes no more for now; nothing.
Word = Literal["up", "down", "busy", ""]


class Uncertain(Exception):
    """The provider was touched and did not answer; it may have accepted or not."""

    word: ClassVar[Word] = "down"


class Unread(Uncertain):
    """The far end accepted it, and nobody can read what it answered; it stands as it did."""

    word: ClassVar[Word] = "up"


class Down(Retryable):
    """The provider cannot be reached, or says that something is wrong with itself; it was not accepted."""


class Busy(Retryable):
    """The provider takes nothing from this account for now; `after` is how long."""


class Unwanted(Rejected):
    """The far end takes nothing for this address, now or later; `suppress` says in a few words why."""

    def __init__(self, reason: str, *, suppress: str) -> None:
        super().__init__(reason)
        self.suppress = suppress


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider accepted it; `reference` is its own id, `results` what later rules may read, `words` what to add.

    `people` are the hashes by which an ad platform was told of somebody; they stay in this service. `ask_after` says
    that the provider works on it, and when it can be asked how that came out.
    """

    reference: str = ""
    results: dict[str, Any] = field(default_factory=dict)
    words: str = ""
    people: tuple[dict[str, str], ...] = ()
    ask_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """Nothing was touched: it waits until enough others can go with it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The far end took it, and answers later: within so long, or nobody knows what came of it."""

    within: timedelta
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will never accept it; the reason is for the person who must act.

    `suppress` says why nothing should go to this address any more, "" where that is not said.
    """

    reason: str
    suppress: str = ""


@dataclass(frozen=True, slots=True)
class TryLater:
    """The provider did not accept it now; `after` is how long it asked us to wait, `word` what that says of it."""

    reason: str
    after: timedelta | None = None
    word: Word = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody here knows whether the provider accepted it; `word` is what that says of the provider."""

    reason: str
    word: Word = ""


@dataclass(frozen=True, slots=True)
class TryNext:
    """This way will never accept it and another one may; `results` tell where it stands, `suppress` as for refused."""

    reason: str
    results: dict[str, Any] = field(default_factory=dict)
    suppress: str = ""


Answer = Sent | Gathered | Accepted | Refused | TryNext | TryLater | Unknown


def sound(written: str) -> str:
    """Give what a far end wrote as it travels and is kept: without NUL, and without halves of surrogate pairs."""
    return written.replace("\x00", "").encode("utf-8", "replace").decode()


def kept(answer: Answer) -> Answer:
    """Give an answer that can be kept, whatever the far end wrote: one that cannot would hold up all beside it."""
    if not isinstance(answer, Sent):
        return replace(answer, reason=sound(answer.reason))
    results = {name: sound(part) if isinstance(part, str) else part for name, part in answer.results.items()}
    return replace(answer, reference=sound(answer.reference), words=sound(answer.words), results=results)


def word_of(answer: Answer, *, touched: bool) -> Word:
    """Give what an answer says of the account; a refusal only where anything was `touched`.

    What is gathered is let through: no single one finds out how the upload of all will come out.
    """
    match answer:
        case Sent() | Accepted() | Gathered():
            return "up"
        case Refused() | TryNext():
            return "up" if touched else ""
        case TryLater() | Unknown():
            return answer.word
