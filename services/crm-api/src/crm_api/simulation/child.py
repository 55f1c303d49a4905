"""A simulation in a process of its own: it takes a core for as long as it lasts, and nobody else waits for it."""

import gc
import json
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import ClassVar, Literal
from uuid import UUID
from weakref import WeakSet, finalize

from contracts.data import JsonObject

from crm_api.background.jobs import JobImpossible
from crm_api.simulation.history import Recording
from crm_api.simulation.running import Outcome, Trial, effects_told, simulate

PART = 1000
ENDED = "the process that simulated was ended"
# What is told of one effect: its item, how it differs, and the rest as JSON.
Told = tuple[UUID, tuple[str, ...], str]
Message = tuple[Literal["effects"], list[Told]] | tuple[Literal["summary"], JsonObject] | tuple[Literal["error"], str]


class Running:
    """A simulation that runs; it ends with this process, or when nobody holds it any more."""

    _all: ClassVar["WeakSet[Running]"] = WeakSet()

    def __init__(self, recording: Recording, trial: Trial) -> None:
        # A fork would take the connections and threads of this process along.
        context = get_context("spawn")
        self._ours, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=run, args=(theirs, recording, trial), daemon=True)
        self._process.start()
        theirs.close()
        finalize(self, self._process.kill)
        self._all.add(self)

    @classmethod
    def others(cls) -> bool:
        """Say whether this process has a simulation that runs: one takes a core, and memory for all that happened."""
        return any(one._process.is_alive() for one in cls._all)  # noqa: SLF001  its own kind

    def next(self) -> Message | None:
        """Give the next that it tells, None where there is nothing yet; raises `JobImpossible` where it failed."""
        try:
            if not self._ours.poll():
                return None
            told: Message = self._ours.recv()
        except (EOFError, OSError):
            raise JobImpossible(ENDED) from None
        if told[0] == "error":
            raise JobImpossible(f"an error of ours: {told[1]}")
        return told

    def kill(self) -> None:
        """End it now."""
        self._process.kill()
        self._process.join()

    def join(self) -> None:
        """Wait until the process has ended."""
        self._process.join()


def run(road: Connection, recording: Recording, trial: Trial) -> None:
    """Simulate, and tell what came of it part by part."""
    # All that is made stays until the end: to look for what can go costs a quarter of the time.
    gc.disable()
    try:
        outcome = simulate(recording, trial)
        for part in parts(outcome):
            road.send(("effects", part))
        road.send(("summary", outcome.summary))
    except Exception as error:  # noqa: BLE001  whoever asked is told, whatever it is
        road.send(("error", repr(error)))
    finally:
        road.close()


def parts(outcome: Outcome) -> Iterator[list[Told]]:
    """Give the effects, some at a time."""
    part: list[Told] = []
    for effect in effects_told(outcome.effects, outcome.rows):
        written = json.dumps(effect, default=str, ensure_ascii=False)
        part.append((UUID(effect["item"]), tuple(effect["differs"]), written))
        if len(part) == PART:
            yield part
            part = []
    yield part
