"""A kept delivery read once more: what it tells as its source is set up now, or would be, and what that would wake."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from automation.knowledge import Knowledge
from automation.triggers import fitting
from chassis.problems import Problem, Wrong
from contracts.data import JsonObject, Part
from contracts.signals import Identity

from trigger_gateway.deliveries import signal_of
from trigger_gateway.knocks import Knock
from trigger_gateway.sources import SOURCES
from trigger_gateway.sources.source_kind import Setup, Told
from trigger_gateway.store.kept import Whole

# What stands between the id of a delivery and what makes one of its own of it.
AS_NEW = "+"


class Fitting(Part):
    """A trigger that listens: the stage to which it would move, if the item stands where that is allowed."""

    pipeline: str
    stage: str
    trigger: str


class Tells(Part):
    """What a delivery tells: the signal, in its parts; `notes` say what was left out, and how to mend it.

    Without a `kind` no signal follows. `triggers` are those whose kind, filter and condition may fit.
    """

    delivery: str
    kind: str
    signal: UUID | None
    happened_at: datetime | None
    item: UUID | None
    identities: tuple[Identity, ...]
    payload: JsonObject
    notes: list[Wrong]
    triggers: list[Fitting]


class Refusal(Part):
    """Why a delivery would be refused."""

    status: int
    title: str
    detail: str
    errors: list[Wrong]

    @classmethod
    def of(cls, problem: Problem) -> "Refusal":
        """Tell a problem."""
        errors = [Wrong.model_validate(error) for error in problem.errors]
        return cls(status=problem.status, title=problem.title, detail=problem.detail, errors=errors)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads for one source, as it is set up."""

    setup: Setup
    knowledge: Knowledge

    def read(self, knock: Knock) -> tuple[Told, ...]:
        """Read a request that was verified when it came; raises a `Problem`."""
        retell = SOURCES[self.setup.source.kind].retell
        if retell is None:
            raise Problem(409, "It cannot be read again", detail=f"What {self.setup.source.kind} sends is read once.")
        told = retell(knock, self.setup)
        return told if isinstance(told, tuple) else (told,)

    def read_as(self, knock: Knock, delivery: str) -> Told:
        """Read what a delivery of this id tells, of all that its request brought; raises a `Problem`."""
        told = self.read(knock)
        known = [one for one in told if delivery == one.delivery or delivery.startswith(f"{one.delivery}{AS_NEW}")]
        return max(known, key=lambda one: len(one.delivery), default=told[0])

    def tells(self, told: Told, at: datetime) -> Tells:
        """Show what a delivery tells and what listens to that; raises a 422 problem for what is too large."""
        source = self.setup.source
        signal = signal_of(source, told, at)
        return Tells(
            delivery=told.delivery,
            kind=told.kind,
            signal=signal.id if signal else None,
            happened_at=signal.happened_at if signal else told.happened_at,
            item=told.binding,
            identities=told.identities,
            payload=told.payload,
            notes=[Wrong.model_validate(note) for note in told.notes],
            triggers=[
                Fitting(pipeline=fit.pipeline, stage=fit.stage, trigger=self._key(fit.pipeline, fit.stage, fit.id))
                for fit in (fitting(signal, self.knowledge) if signal else ())
            ],
        )

    def _key(self, pipeline: str, stage: str, id_: UUID) -> str:
        triggers = self.knowledge.pipelines[pipeline].triggers.get(stage, ())
        return next((trigger.key for trigger in triggers if trigger.id == id_), "")


def knock_of(whole: Whole) -> Knock:
    """Give a kept delivery as it came; raises a 409 problem where nothing of it is left."""
    if whole.is_empty:
        raise Problem(409, "Nothing of it is left", detail="A person was erased from it, or it never had a body.")
    return Knock(whole.body, whole.headers, whole.received_at)
