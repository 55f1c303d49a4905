"""Faults that wait in a queue until a request of their provider meets them."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Provider = Literal[
    "twilio", "twilio-voice", "meta", "stripe", "smtp", "web", "telegram", "google", "vk", "yandex", "app"
]
Kind = Literal["ok", "status", "stall", "cut_before", "cut_after", "garbage"]

AT_RECIPIENT: frozenset[Kind] = frozenset({"status"})
AFTER_DATA: frozenset[Kind] = frozenset({"ok", "stall", "cut_before", "cut_after", "garbage"})


class Fault(BaseModel):
    """One way to fail, for the next `times` requests of a provider, or of one recipient (`to`).

    `ok` lets a request pass.
    `status` refuses it with `code` (and `error`, the provider's own number).
    `stall` accepts at once and answers after `seconds`.
    `cut_before` closes the connection and accepts nothing.
    `cut_after` accepts, then closes the connection without an answer.
    `garbage` accepts and answers something that nobody can read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: Provider
    kind: Kind
    times: int = Field(default=1, ge=1)
    to: str | None = None
    code: int | None = Field(default=None, ge=300, le=599)
    error: int | None = None
    body: str | None = None
    retry_after: int | None = Field(default=None, ge=0)
    seconds: float = Field(default=30, ge=0)


@dataclass
class _Waiting:
    fault: Fault
    left: int


class Faults:
    """The queues of all providers; the oldest fault that fits a request is spent first."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []

    def add(self, fault: Fault) -> None:
        """Queue a fault behind those already there."""
        self._waiting.append(_Waiting(fault, fault.times))

    def clear(self, provider: Provider | None = None) -> None:
        """Forget the faults of one provider, or all."""
        self._waiting = [each for each in self._waiting if provider not in {None, each.fault.provider}]

    def waiting(self) -> list[Fault]:
        """Tell what is still to come; `times` is what is left."""
        return [each.fault.model_copy(update={"times": each.left}) for each in self._waiting]

    def take(self, provider: Provider, to: str | None = None, kinds: frozenset[Kind] | None = None) -> Fault | None:
        """Spend one use of the oldest fault for this recipient; None when its kind is not one of `kinds`."""
        for each in self._waiting:
            if each.fault.provider == provider and each.fault.to in {None, to}:
                return self._spend(each) if kinds is None or each.fault.kind in kinds else None
        return None

    def _spend(self, waiting: _Waiting) -> Fault:
        waiting.left -= 1
        if not waiting.left:
            self._waiting.remove(waiting)
        return waiting.fault
