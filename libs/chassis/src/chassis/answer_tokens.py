"""Tokens for who answers later: each names one attempt at one effect, and nobody can make or change one.

A token is sealed (AES-256-GCM) under the deployment's key, so that whoever gets it back needs no table to know it.
"""

from dataclasses import astuple, dataclass
from datetime import datetime
from uuid import UUID

from chassis.secrets import Sealer, SecretUnreadable

PLACE = "answer"
LONGEST = 1000
URL = str.maketrans("+/", "-_")
BACK = str.maketrans("-_", "+/")


class NoToken(Exception):
    """A text is no token of this deployment."""


@dataclass(frozen=True, slots=True)
class AnswerToken:
    """What a token stands for: the app's action that was called, for which item, and until when it may take."""

    app: str
    action: str
    effect: UUID
    item: UUID
    attempt: int
    until: datetime

    def seal(self, sealer: Sealer) -> str:
        """Give the token as a part of an address."""
        written = "\x1f".join(map(str, astuple(self)))
        return sealer.seal(written, PLACE).translate(URL).rstrip("=")

    @classmethod
    def open(cls, token: str, sealer: Sealer) -> "AnswerToken":
        """Give what a token stands for; raises `NoToken`."""
        body = token.translate(BACK)
        padding = "=" * (-(len(body) - len("v1.")) % 4)
        try:
            app, action, effect, item, attempt, until = sealer.open(body[:LONGEST] + padding, PLACE).split("\x1f")
            return cls(app, action, UUID(effect), UUID(item), int(attempt), datetime.fromisoformat(until))
        except (SecretUnreadable, ValueError):
            raise NoToken from None
