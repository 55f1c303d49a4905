"""Pauses that grow, with jitter: a retry is a value, not a loop."""

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pauses:
    """Growing pauses in seconds: `first`, doubled up to `longest`, each varied by `jitter` (0 to 1) of itself."""

    first: float = 0.1
    longest: float = 5.0
    jitter: float = 0.5

    def __iter__(self) -> Iterator[float]:
        pause = min(self.first, self.longest)
        while True:
            yield self.varied(pause)
            pause = min(pause * 2, self.longest)

    def of(self, attempt: int) -> float:
        """Give the pause after the attempt of this number, from 1."""
        return self.varied(min(self.first * 2 ** min(attempt - 1, 62), self.longest))

    def varied(self, pause: float) -> float:
        """Vary a pause by the jitter."""
        return pause * (1 + self.jitter * (2 * random.random() - 1))  # noqa: S311  spreads load, protects nothing
