"""What comes next: the moments of all services' timers, and of effects that are parked for another attempt."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from signalbox.rehearsal import store
from signalbox.rehearsal.deployment import LEDGER, Rehearsal
from signalbox.rehearsal.store import Comes

MOST = 10_000
# Lanes of timers as people call what waits in them; others go by their own names.
NAMES = {
    "fire": ("rule", "rules"),
    "replan": ("item to compute afresh", "items to compute afresh"),
    "succeed": ("item to bring up", "items to bring up"),
    "settling": ("item to fall quiet", "items to fall quiet"),
    "jobs": ("chunk of a job", "chunks of jobs"),
}


@dataclass(frozen=True, slots=True)
class Agenda:
    """The first moments to come, in their order, and how many timers are held."""

    comes: Sequence[Comes]
    held: int

    @property
    def first(self) -> datetime | None:
        """Give the next moment, which may just have come; None where nothing is due any more."""
        return self.comes[0].at if self.comes else None

    def until(self, moment: datetime) -> "Counter[str]":
        """Count what is due up to a moment."""
        found: Counter[str] = Counter()
        for one in self.comes:
            if one.at <= moment:
                found[one.what] += one.many
        return found


async def agenda(rehearsal: Rehearsal) -> Agenda:
    """Ask all services what comes next."""
    found: list[Comes] = []
    held = 0
    for service in sorted(rehearsal.timed):
        found += await store.coming(rehearsal.connections[service], store.COMING, MOST)
        held += await store.held(rehearsal.connections[service])
    parked = await store.coming(rehearsal.connections[LEDGER], store.PARKED, MOST)
    found += [Comes(one.at, f"{one.what} again", one.many) for one in parked]
    return Agenda(sorted(found, key=lambda one: one.at), held)


def told(counts: "Counter[str]") -> str:
    """Say in words how many of what: `3 rules, 1 sms again`."""
    return ", ".join(pieces(counts.items())) or "nothing"


def pieces(counts: Iterable[tuple[str, int]]) -> Iterable[str]:
    """Say each count with the name of what is counted."""
    for what, many in counts:
        singular, plural = NAMES.get(what, (what, what))
        yield f"{many} {singular if many == 1 else plural}"
