"""What applying rules to the items of a stage would do now: the same planning, and nothing is kept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from automation import planning
from automation.knowledge import Knowledge
from chassis.database import Transaction
from contracts.executions import ExecutionRow
from contracts.items import Item, ItemRulesApplied
from contracts.rules import Rule

from crm_api.access.rights import Reach
from crm_api.rules.applying import Application, Standing, Telling, rule_set_of
from crm_api.store import items as stored_items
from crm_api.store import timeline as stored_timeline
from crm_api.store.items import Loaded

CHUNK = 250
# Beyond these a part says enough, and nobody waits for minutes.
MOST = 2_000
NOBODY = UUID(int=0)
HAS_IT = "already"
AT_ONCE = "at_once"


@dataclass
class Tried:
    """Of the items that were looked at: how many executions each outcome would have, by rule too.

    `last_due_at` is the latest moment of what would wait; `all` says whether these are all items.
    """

    items: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    by_rule: dict[str, Counter[str]] = field(default_factory=dict)
    last_due_at: datetime | None = None
    all: bool = True

    def note(self, rule: str, outcome: str, due_at: datetime | None = None) -> None:
        """Count one execution."""
        self.outcomes[outcome] += 1
        self.by_rule.setdefault(rule, Counter())[outcome] += 1
        if due_at is not None and outcome == "waiting":
            self.last_due_at = max(due_at, self.last_due_at or due_at)


async def try_out(tx: Transaction, knowledge: Knowledge, asked: Application, reach: Reach) -> Tried:
    """Look at the items of a stage as if the rules were applied now; raises `FieldError` for what there is not."""
    standing, tried = Standing(asked, knowledge, reach), Tried()
    after: UUID | None = None
    while tried.items < MOST:
        found = await standing.part(tx, after, CHUNK)
        await add(tx, tried, Telling(asked, knowledge, NOBODY, await tx.now()), found)
        if len(found) < CHUNK:
            return tried
        after = found[-1].id
    tried.all = not await standing.part(tx, after, 1)
    return tried


async def add(tx: Transaction, tried: Tried, telling: Telling, items: Sequence[Item]) -> None:
    """Count what would become of some items."""
    activations = {item.id: item.activation for item in items}
    linked = await stored_items.load(tx, {link.id for item in items for link in item.links})
    had = await stored_timeline.of_activations(tx, activations)
    changed = await stored_timeline.last_changes(tx, activations)
    tried.items += len(items)
    for item in items:
        event, met = telling.of(item, Loaded(linked, None)), had.get(item.id, {})
        for rule in meant(telling, item.stage):
            if rule.id in met:
                tried.note(rule.key, HAS_IT)
        for row in planned(event, telling, changed.get(item.id), met):
            tried.note(row.rule_key, outcome(row, telling.now), row.due_at)


def meant(telling: Telling, stage: str) -> list[Rule]:
    """Give the rules of a stage that are meant."""
    asked = telling.asked
    rules = telling.knowledge.rules(rule_set_of(telling.knowledge, asked.pipeline), stage)
    return [rule for rule in rules if not asked.rules or rule.id in asked.rules]


def planned(
    event: ItemRulesApplied, telling: Telling, changed_at: datetime | None, had: Mapping[UUID, ExecutionRow]
) -> list[ExecutionRow]:
    """Plan what is meant for one item and it has not met; what waits for a rule that is left out is blocked."""
    rows = planning.plan_entry(
        event,
        telling.knowledge,
        NOBODY,
        telling.now,
        changed_at=changed_at,
        since=event.counts_from,
        had=had,
        only=event.rules,
    )
    return [*rows]


def outcome(row: ExecutionRow, now: datetime) -> str:
    """Say what a planned row would do: at once what is due already."""
    due = row.state == "waiting" and row.due_at is not None and row.due_at <= now
    return AT_ONCE if due else row.state
