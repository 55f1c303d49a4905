"""How busy a process is with what somebody waits for, so that work in the background can step back."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Load:
    """What part of the time since the last question was spent on urgent work; `late`: timers come late."""

    def __init__(self) -> None:
        self.late = False
        self._asked_at = self._began = time.monotonic()
        self._spent = 0.0
        self._at_work = 0

    @contextmanager
    def urgent(self) -> Iterator[None]:
        """Count the block as urgent work; what goes on at the same time counts once."""
        if not self._at_work:
            self._began = time.monotonic()
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1
            ended = time.monotonic()
            self._spent += ended - self._began
            self._began = ended  # what still goes on began, for the count, where this ended

    def share(self) -> float:
        """Give the part since the last question, from 0 to 1; it is 1 while timers come late."""
        now = time.monotonic()
        passed, spent = now - self._asked_at, self._spent
        self._asked_at, self._spent = now, 0.0
        return 1.0 if self.late or spent >= passed else spent / passed
