"""The two words that a handler says to the corridor; everything else that is raised is a bug."""

from datetime import timedelta


class Retryable(Exception):
    """It failed now and may work later; `after` is how long the other side asked us to wait."""

    def __init__(self, reason: str, *, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Rejected(Exception):
    """It can never work; the reason is for the person who must act."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Fatal(Exception):
    """The process cannot go on; it logs this and ends, and is started again."""
