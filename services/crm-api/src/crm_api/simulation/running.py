"""One simulation from beginning to end, as a pure function of what was recorded and of the rules to try."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from automation.desk.copies import Copy
from automation.desk.executions import ACTOR, TIMED, Execution
from automation.knowledge import Knowledge
from automation.simulation.answers import Answers
from automation.simulation.differences import Compared, compare
from automation.simulation.hashing import decision_hashes
from automation.simulation.replaying import heard, replaying
from automation.simulation.world import Happened, World
from contracts.config import ConfigChanged
from contracts.data import JsonObject
from contracts.envelope import Cause
from contracts.executions import ExecutionRow
from contracts.items import Item, ItemEvent

from crm_api.record.items import Stored
from crm_api.simulation.history import Recording, Sorting, in_order, moment, orders
from crm_api.simulation.outside import Note, Simulated
from crm_api.simulation.record import MemoryRecord

Rules = Literal["draft", "published", "as_they_were"]
MOST_NOTES = 200


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: these records of a pipeline from the beginning of the window, or, without any, config as it was.

    `operators` own rules that may do all.
    """

    pipeline: str
    records: tuple[ConfigChanged, ...] = ()
    operators: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a simulation came to."""

    effects: Sequence[Compared]
    rows: Mapping[UUID, ExecutionRow]
    notes: Sequence[Note]
    summary: JsonObject = field(default_factory=dict)


def simulate(recording: Recording, trial: Trial) -> Outcome:
    """Run what people and senders did once more, on a virtual clock, with the rules that are tried."""
    config = [one.data for one in in_order(recording.config)]
    real = read_rows(recording)
    record = MemoryRecord()
    outside = Simulated(record, Answers(real), trial.operators)
    world = World(beginning(config, recording.begin, trial), outside)
    items = seed(world, record, recording)
    world.run(history(recording, config, real, trial, items), recording.end)
    everything = Knowledge.of(config).with_(trial.records)
    rows = {row.id: row for row in world.rows()}
    within = {id_: row for id_, row in real.items() if was_sent(row, recording)}
    effects = compare(world.effects, rows, within, everything)
    return Outcome(effects, rows, outside.notes, summary(effects, rows, outside.notes))


def replayed(recording: Recording) -> tuple[dict[UUID, str], dict[UUID, str]]:
    """Give the hashes of all that was decided in a window, and of what is decided when all is told once more."""
    config = [one.data for one in in_order(recording.config)]
    real = read_rows(recording)
    trial = Trial("")
    told = (one for one in in_order(recording.happened) if isinstance(one.data, ItemEvent))
    changes = [Happened(one.changed_at, one) for one in config if counts(one, recording, trial)]
    events = [Happened(one.envelope.time, one) for one in told]
    fed = sorted((*changes, *events, *orders(real.values(), recording.begin)), key=moment)
    world = replaying(beginning(config, recording.begin, trial), real)
    seed(world, MemoryRecord(), recording)
    world.run(heard(fed, real), recording.end)
    return decision_hashes(real.values()), decision_hashes(world.rows())


def beginning(config: Iterable[ConfigChanged], begin: datetime, trial: Trial) -> Knowledge:
    """Give the config of the beginning."""
    return Knowledge.of(one for one in config if one.changed_at < begin).with_(trial.records)


def seed(world: World, record: MemoryRecord, recording: Recording) -> dict[UUID, Item]:
    """Put items and executions where they stood when the window began; gives the items."""
    items = seed_items(world, record, recording)
    seed_executions(world, map(ExecutionRow.model_validate_json, recording.waiting))
    return items


def seed_items(world: World, record: MemoryRecord, recording: Recording) -> dict[UUID, Item]:
    """Put items where they stood; gives them."""
    entries = {one.data.item.id: one.data.item for one in in_order(recording.entered)}
    jobs = {one.data.item.id: one.data.suppressed for one in in_order(recording.entered)}
    changed = {one.data.item.id: one.envelope.time for one in in_order(recording.changed)}
    items: dict[UUID, Item] = {}
    for telling in in_order(recording.before):
        event: ItemEvent = telling.data
        item, job = event.item, jobs.get(event.item.id)
        items[item.id] = item
        number = event.rule_set.number if event.rule_set else 0
        record.keep(Stored(item, number, job.job if job else None))
        copy = Copy(item.id, item.version, item.version, None, item, entries.get(item.id), changed.get(item.id))
        world.memory.add_copy(copy)
    return items


def seed_executions(world: World, rows: Iterable[ExecutionRow]) -> None:
    """Put executions where they stood, each with its timer."""
    for row in rows:
        cause = row.cause or row.id
        world.memory.add(Execution(row, Cause(cause, cause, actor=ACTOR)))
        if row.state in TIMED and row.due_at is not None:
            world.set_timer(row.due_at, row.id)


def history(
    recording: Recording,
    config: Iterable[ConfigChanged],
    real: Mapping[UUID, ExecutionRow],
    trial: Trial,
    items: Mapping[UUID, Item],
) -> Iterator[Happened]:
    """Give all that is fed to the world, in order of time; of one moment the config comes first."""
    changes = [Happened(one.changed_at, one) for one in config if counts(one, recording, trial)]
    done = Sorting(dict(items)).happened(recording.happened)
    ordered = sorted(orders(real.values(), recording.begin), key=moment)
    return heapq.merge(changes, done, ordered, key=moment)


def counts(change: ConfigChanged, recording: Recording, trial: Trial) -> bool:
    """Say whether a change of the config happens in the simulation too; the rules that are tried replace theirs."""
    own = change.kind == "pipeline" and change.id == trial.pipeline
    own = own or (change.kind == "rule-set" and change.id.rpartition("/")[0] == trial.pipeline)
    return change.changed_at >= recording.begin and not (own and trial.records)


def read_rows(recording: Recording) -> dict[UUID, ExecutionRow]:
    """Read the executions as they really became."""
    rows = map(ExecutionRow.model_validate_json, recording.rows)
    return {row.id: row for row in rows}


def was_sent(row: ExecutionRow, recording: Recording) -> bool:
    """Say whether an execution was sent on its way within the window."""
    return row.dispatched_at is not None and recording.begin <= row.dispatched_at < recording.end


def summary(effects: Sequence[Compared], rows: Mapping[UUID, ExecutionRow], notes: Sequence[Note]) -> JsonObject:
    """Give the counts: of effects by difference, of executions by rule and what they came to, and what to know."""
    differences = Counter(name for one in effects for name in one.differs or ("alike",))
    rules: dict[str, Counter[str]] = {}
    for row in rows.values():
        rules.setdefault(f"{row.rule_set.pipeline}/{row.stage}/{row.rule_key}", Counter())[row.state] += 1
    return {
        "effects": sum(one.effect is not None for one in effects),
        "executions": len(rows),
        "differences": dict(differences),
        "rules": {name: dict(states) for name, states in sorted(rules.items())},
        "notes": [note_told(note) for note in notes[:MOST_NOTES]],
        "more_notes": max(0, len(notes) - MOST_NOTES),
    }


def note_told(note: Note) -> JsonObject:
    """Write a note as plain data."""
    return {"at": note.at.isoformat(), "item": str(note.item) if note.item else None, "words": note.words}


def effects_told(effects: Iterable[Compared], rows: Mapping[UUID, ExecutionRow]) -> Iterator[JsonObject]:
    """Write effects as plain data, as they are kept."""
    return (effect_told(one, rows) for one in effects)


def effect_told(one: Compared, rows: Mapping[UUID, ExecutionRow]) -> JsonObject:
    """Write an effect as plain data."""
    row = one.row or one.real
    assert row is not None  # noqa: S101  an effect is simulated, real, or both
    return {
        "at": one.at.isoformat(),
        "execution": str(row.id),
        "item": str(row.item),
        "pipeline": row.rule_set.pipeline,
        "stage": row.stage,
        "rule": row.rule_key,
        "action": row.action,
        "whom": list(one.effect.whom) if one.effect else [effect.whom for effect in row.effects],
        "params": one.effect.params if one.effect else {},
        "simulated": became(rows.get(row.id), one.effect.at) if one.effect else None,
        "real": became(one.real, one.real.dispatched_at if one.real else None),
        "differs": list(one.differs),
    }


def became(row: ExecutionRow | None, at: datetime | None) -> JsonObject | None:
    """Say what an execution came to, and when its effect was sent on its way."""
    if row is None or at is None:
        return None
    due_at = row.due_at.isoformat() if row.due_at else None
    seen: Any = row.seen
    return {"at": at.isoformat(), "due_at": due_at, "state": row.state, "reason": row.reason, "seen": seen}
