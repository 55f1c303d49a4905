"""Taking stages out of a pipeline where items stand: they are moved first, to where the request says.

1. The pipeline is published as it is to be, with the stages that go still at its end, but empty of rules and triggers.
2. The items are moved, chunk by chunk; with automation they enter their stage under the new rules.
3. Whoever asked publishes the pipeline without those stages.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.database import Transaction
from chassis.process import Process
from contracts.config import Pipeline
from contracts.envelope import Cause

from crm_api.config.configuring import ConfigChanges
from crm_api.fields import FieldError
from crm_api.record.changing import Changes
from crm_api.record.sweeping import Change, sweep
from crm_api.rules.pipelines import WrittenPipeline, WrittenStage
from crm_api.rules.publishing import check_sources, publish
from crm_api.store import config as stored_config
from crm_api.store import standing


async def keep_for_now(
    changes: ConfigChanges, knowledge: Knowledge, id_: str, document: WrittenPipeline, moves: Mapping[str, str]
) -> None:
    """Publish a pipeline with the stages that are to go, for as long as items stand there; raises `FieldError`."""
    held = knowledge.pipelines.get(id_)
    staying = [stage.key for stage in document.stages]
    check_moves(moves, held, staying)
    check_sources(knowledge, id_, staying)
    if held and await stored_config.standing_elsewhere(changes.tx, id_, staying):
        going = tuple(
            WrittenStage(key=s.key, name=s.name, kind=s.kind, color=s.color) for s in held.stages if s.key in moves
        )
        await publish(changes, knowledge, id_, document.model_copy(update={"stages": (*document.stages, *going)}))


def check_moves(moves: Mapping[str, str], held: Pipeline | None, staying: Sequence[str]) -> None:
    """Refuse moves from stages that stay or never were, and to stages that there will not be."""
    for old, new in moves.items():
        if held is None or held.stage(old) is None:
            raise FieldError(f"moves.{old}", f"there is no stage {old!r}", "leave it out")
        if old in staying:
            raise FieldError(f"moves.{old}", f"stage {old!r} stays", "leave it out, or take the stage away")
        if new not in staying:
            raise FieldError(f"moves.{old}", f"there will be no stage {new!r}", f"use one of: {', '.join(staying)}")


async def clear(
    process: Process[Knowledge], cause: Cause, pipeline: str, moves: Mapping[str, str], suppressed: str | None
) -> int:
    """Move the items of these stages to others, and give how many there were; raises a 409 problem for too many."""
    left = partial(standing.in_stages, pipeline=pipeline, stages=list(moves))
    return await sweep(process, cause, left, moved(moves, suppressed))


def moved(moves: Mapping[str, str], suppressed: str | None) -> Change:
    """Give the change that moves items out of their stages; one that has left meanwhile stays where it is."""

    def change(changes: Changes, ids: Sequence[UUID]) -> None:
        for id_ in ids:
            stage = changes.item(id_).stage
            if stage in moves:
                changes.move(id_, moves[stage], f"stage {stage} is taken away", suppressed=suppressed)

    return change


async def give_up(tx: Transaction, knowledge: Knowledge, id_: str) -> None:
    """Let a pipeline go; raises `FieldError` while items stand in it, or a source makes items there."""
    if left := await stored_config.standing_elsewhere(tx, id_, []):
        told = ", ".join(f"{count} in {stage!r}" for stage, count in left.items())
        raise FieldError("id", f"items stand in it: {told}", "move them to another pipeline, or delete them")
    for source in knowledge.sources.values():
        if source.nobody.create is not None and source.nobody.create.pipeline == id_:
            fix = "let that source create elsewhere first"
            raise FieldError("id", f"source {source.id!r} makes items in it", fix)
