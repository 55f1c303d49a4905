"""What a desk is told, however it came here."""

from dataclasses import dataclass
from typing import Any, Protocol

from contracts.envelope import Envelope


class Told(Protocol):
    """One message: its envelope, its data, and its place in the order in which messages of its key come."""

    @property
    def envelope(self) -> Envelope:
        """Give who said it, when and why."""

    @property
    def data(self) -> Any:
        """Give what it says."""

    @property
    def offset(self) -> int:
        """Give its place; a later one has a higher."""


@dataclass(frozen=True, slots=True)
class Telling:
    """A message that came over no broker."""

    envelope: Envelope
    data: Any
    offset: int = 0
