"""What each kind of source gives: how its deliveries are checked and read, and what its sender is answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from chassis.problems import Problem
from chassis.signing import Signer
from contracts.actions import SetSuppression
from contracts.apps import App
from contracts.config import Portal, Source
from contracts.data import JsonObject
from contracts.signals import Identity
from starlette.responses import Response

from trigger_gateway.knocks import Knock, Thin

Outcome = Literal["first", "repeated", "quarantined"]
# What is told of a field: its path, what is wrong there, and how to mend it.
Note = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Setup:
    """How a source is set up: its record, opened secrets, the company's settings, and what `plan` made of its own.

    `signer` knows what letters of ours carry, `apps` are those that are installed.
    """

    source: Source
    secrets: tuple[str, ...]
    portal: Portal
    plan: Any = None
    signer: Signer | None = None
    apps: Mapping[str, App] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """That an effect of ours bounced, for the worker of its kind; `reason` in the words of who told it.

    `suppress` says why nothing should go to that address any more, "" where it may.
    """

    kind: str
    item: UUID
    effect: UUID
    reason: str
    suppress: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a delivery tells, normalised; no signal follows where `kind` is empty.

    `delivery` is the sender's own id of it, the same whenever it is delivered again. `happened_at` is None where the
    sender does not say: then it is the moment of receipt. `content` is what two deliveries of one id are compared by,
    where settings have a part in the rest, so that these may change between repeats. `came` is the part of the request
    that is kept of it, where the request brought several. `notes` say what could not be read and was left out.
    `nonce` is what the sender uses once: another delivery with it is set aside. `reports` are what it tells of our own
    effects, `words` what it says of addresses that are written to no more.
    """

    delivery: str
    kind: str = ""
    happened_at: datetime | None = None
    binding: UUID | None = None
    identities: tuple[Identity, ...] = ()
    payload: JsonObject = field(default_factory=dict)
    content: bytes = b""
    came: Knock | None = None
    notes: tuple[Note, ...] = ()
    nonce: str = ""
    reports: tuple[Report, ...] = ()
    words: tuple[SetSuppression, ...] = ()


Telling = Told | tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a delivery, and the signal that it makes or repeats."""

    outcome: Outcome
    signal: UUID | None


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of source, declared once.

    `read` verifies, then normalises; it raises a `Problem`. `answer` gives what the sender wants to hear, the same for
    a first and a repeated delivery (of several in one request, the first one's fate is told); `refuse` is what it hears
    of a problem. `retell` normalises what was kept, verified then, once more; a kind without it cannot be replayed.
    `plan` reads the settings of a source, once for each version of its record. A kind whose bodies may be larger than
    the settings allow says by how many bytes, `largest`, and gives what holds `thin` versions of such, as they allow.
    """

    name: str
    read: Callable[[Knock, Setup], Telling]
    answer: Callable[[Knock, Setup, Taken], Response]
    refuse: Callable[[Knock, Problem], Response]
    retell: Callable[[Knock, Setup], Telling] | None = None
    plan: Callable[[Source], Any] | None = None
    largest: int = 0
    thin: Thin | None = None


def refuse_plainly(_: Knock, problem: Problem) -> Response:
    """Answer a problem as such, for senders that have no form of their own for it."""
    return problem.response()


def not_signed() -> Problem:
    """Give the one answer to any signature that does not hold: it teaches a forger nothing."""
    return Problem(401, "The signature does not hold", detail="Sign the raw body with a secret that is valid now.")
