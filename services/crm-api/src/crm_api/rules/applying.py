"""Rules applied to what stands in their stage already: a job tells of each item, evenly spaced, and plans nothing.

The executions are made where all are made, under ids that derive from rule, item and activation: what is told twice, or
was planned by the entry, makes nothing new. An entry that an import suppressed is no exception: a person asks for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from automation.knowledge import Knowledge
from chassis.database import Transaction
from contracts.data import Part
from contracts.items import Item, ItemRulesApplied
from contracts.rules import Rule, RuleSetRef

from crm_api.access.rights import Reach
from crm_api.background.jobs import Chunk, JobImpossible, Step
from crm_api.fields import FieldError
from crm_api.lists import reading
from crm_api.lists.cursors import Place
from crm_api.lists.filters import WrittenCondition
from crm_api.lists.reading import Wanted
from crm_api.record import events, places
from crm_api.store import items as stored_items
from crm_api.store import lists as stored_lists
from crm_api.store.items import Loaded

KIND = "apply-rules"
CHUNK = 200
# What is spaced goes a few items together, this often a second.
BEATS = 4


class Application(Part):
    """Which rules of a stage (none: all) are applied to which items, from when times count, how many items a second."""

    pipeline: str
    stage: str
    rules: tuple[UUID, ...] = ()
    conditions: tuple[WrittenCondition, ...] = ()
    counts_from: Literal["entry", "now"] = "entry"
    per_second: float | None = None

    @property
    def size(self) -> int:
        """Give how many items are told of together."""
        return CHUNK if self.per_second is None else max(1, min(CHUNK, int(self.per_second / BEATS)))


@dataclass(frozen=True, slots=True)
class Standing:
    """The items that stand in a stage and fulfil the conditions, part by part in the order of their ids."""

    asked: Application
    knowledge: Knowledge
    reach: Reach

    async def part(self, tx: Transaction, after: UUID | None, limit: int) -> list[Item]:
        """Give the next items; raises `FieldError` where stage or conditions do not fit."""
        day = (await tx.now()).astimezone(ZoneInfo(self.knowledge.portal.zone)).date()
        type_ = self.asked.pipeline.partition("/")[0]
        wanted = Wanted(type_, self.asked.pipeline, self.asked.stage, self.asked.conditions, sort="id")
        which = reading.read(self.knowledge, wanted, self.reach, day)
        found = await stored_lists.part(tx, which, Place(None, after) if after else None, limit)
        return [one.item for one in found]


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told of each item: the rule set that holds for new entries, and the rules of it that are meant."""

    asked: Application
    knowledge: Knowledge
    job: UUID
    now: datetime

    def of(self, item: Item, known: Loaded) -> ItemRulesApplied:
        """Give the event of one item."""
        linked = dict.fromkeys(link.id for link in item.links)
        return ItemRulesApplied(
            item=item,
            linked=tuple(known.items[id_].item for id_ in linked if id_ in known.items),
            config=self.knowledge.revision,
            rule_set=rule_set_of(self.knowledge, self.asked.pipeline),
            job=self.job,
            rules=self.asked.rules,
            counts_from=self.now if self.asked.counts_from == "now" else None,
        )


async def work(chunk: Chunk) -> Step:
    """Tell of the next items, locked, so that what is told of them is true where it stands among their events."""
    asked = Application.model_validate(chunk.job.params)
    if chunk.rights is None:
        raise JobImpossible("only a person applies rules")
    after = UUID(chunk.job.cursor["after"]) if chunk.job.cursor else None
    standing = Standing(asked, chunk.knowledge, chunk.rights.reach("change"))
    found = await standing.part(chunk.tx, after, asked.size)
    told = await tell(chunk, asked, [item.id for item in found])
    more = len(found) == asked.size
    return Step(
        cursor={"after": str(found[-1].id)} if found else chunk.job.cursor,
        more=more,
        done=len(found),
        total=None if more else chunk.job.done + len(found),
        counts={"applied": told, "left": len(found) - told},
        wait=timedelta(seconds=len(found) / asked.per_second if asked.per_second else 0),
    )


async def tell(chunk: Chunk, asked: Application, ids: Sequence[UUID]) -> int:
    """Tell of those of these items that still stand in the stage, and give how many they are."""
    if not ids:
        return 0
    await stored_items.lock(chunk.tx, ids)
    known = await stored_items.load_with_linked(chunk.tx, ids)
    telling = Telling(asked, chunk.knowledge, chunk.job.id, now := await chunk.tx.now())
    items = [known.items[id_].item for id_ in ids]
    there = [i for i in items if (i.pipeline, i.stage, i.deleted) == (asked.pipeline, asked.stage, False)]
    applied = (telling.of(item, known) for item in there)
    await events.publish(chunk.tx, chunk.outbox, applied, chunk.job.cause, now)
    return len(there)


def rule_set_of(knowledge: Knowledge, pipeline: str) -> RuleSetRef:
    """Name the rule set that holds for new entries."""
    return RuleSetRef(pipeline=pipeline, number=knowledge.pipelines[pipeline].rule_set)


def rules_by_key(knowledge: Knowledge, pipeline: str, stage: str, keys: Sequence[str]) -> tuple[UUID, ...]:
    """Give the lasting ids of rules of a stage; raises `FieldError` for what is not there, or is switched off."""
    places.known_stage(places.known_pipeline(knowledge, pipeline.partition("/")[0], pipeline), stage)
    rules: dict[str, Rule] = {r.key: r for r in knowledge.rules(rule_set_of(knowledge, pipeline), stage)}
    for n, key in enumerate(keys):
        if key not in rules:
            raise FieldError(f"rules.{n}", f"{stage} has no enabled rule {key!r}", places.one_of(rules))
    return tuple(rules[key].id for key in keys)
