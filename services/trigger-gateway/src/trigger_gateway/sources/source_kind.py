"""What each kind of source gives: how its deliveries are checked and read, and what its sender is answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from chassis.problems import Problem
from contracts.config import Portal, Source
from contracts.data import JsonObject
from contracts.signals import Identity
from starlette.responses import Response

from trigger_gateway.knocks import Knock

Outcome = Literal["first", "repeated", "quarantined"]


@dataclass(frozen=True, slots=True)
class Setup:
    """How a source is set up: its record, its opened secrets, and the company's settings."""

    source: Source
    secrets: tuple[str, ...]
    portal: Portal


@dataclass(frozen=True, slots=True)
class Told:
    """What a delivery tells, normalised; no signal follows where `kind` is empty.

    `delivery` is the sender's own id of it, the same whenever it is delivered again. `happened_at` is None where the
    sender does not say: then it is the moment of receipt.
    """

    delivery: str
    kind: str = ""
    happened_at: datetime | None = None
    binding: UUID | None = None
    identities: tuple[Identity, ...] = ()
    payload: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a delivery, and the signal that it makes or repeats."""

    outcome: Outcome
    signal: UUID | None


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of source, declared once.

    `read` verifies, then normalises; it raises a `Problem`. `answer` gives what the sender wants to hear, the same for
    a first and a repeated delivery; `refuse` is what it hears of a problem.
    """

    name: str
    read: Callable[[Knock, Setup], Told]
    answer: Callable[[Knock, Setup, Taken], Response]
    refuse: Callable[[Knock, Problem], Response]


def not_signed() -> Problem:
    """Give the one answer to any signature that does not hold: it teaches a forger nothing."""
    return Problem(401, "The signature does not hold", detail="Sign the raw body with a secret that is valid now.")
