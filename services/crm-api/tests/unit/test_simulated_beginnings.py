"""A simulation that begins in the middle of a history goes on as the whole one, and what was so differs in nothing."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from automation.knowledge import Knowledge
from automation.simulation.answers import Answers
from automation.simulation.differences import Compared
from automation.simulation.world import World
from contracts.executions import EffectSeen, ExecutionRow
from contracts.items import ItemChanged, ItemStageChanged
from crm_api.fields import FieldError
from crm_api.simulation import child
from crm_api.simulation.history import EVENTS, Entry, Recording
from crm_api.simulation.outside import Note, Simulated
from crm_api.simulation.record import MemoryRecord
from crm_api.simulation.running import MOST_NOTES, Outcome, Trial, effect_told, seed_items, simulate, summary, was_sent
from crm_api.simulation.simulating import LONGEST, check_window, found, tried
from crm_api.testing import month, recorded
from crm_api.testing.month import BEGIN, PIPELINE, Deed, rule, sms

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
WAITS = ("waiting", "waiting_for_date", "waiting_for_previous", "waiting_for_signal")
# What only speaks with people: the record is then what people made of it, wherever a window begins.
SPEAKS = [
    {"key": stage["key"], "kind": stage.get("kind", "open")}
    | {"rules": [one for one in stage["rules"] if "send-sms" in one["do"] and one["key"] != "mail"]}
    for stage in month.STAGES
]
TRIAL = Trial(PIPELINE)


def lived() -> Recording:
    return recorded.recording(month.deeds(5, 12), document={"stages": SPEAKS})


def last(entries: Iterable[Entry], *kinds: str) -> tuple[Entry, ...]:
    """Give the last entry of these kinds of each item."""
    return tuple({msgspec.json.decode(e.body)["data"]["item"]["id"]: e for e in entries if e.kind in kinds}.values())


def cut(whole: Recording, at: datetime) -> Recording:
    """Give what the journal would have of a window that begins later."""
    past = [one for one in whole.happened if one.at < at]
    first = simulate(replace(whole, end=at, happened=past), TRIAL)
    return Recording(
        at,
        whole.end,
        whole.config,
        before=last(past, *EVENTS),
        entered=last(past, ItemStageChanged.TYPE),
        changed=last(past, ItemChanged.TYPE),
        happened=tuple(one for one in whole.happened if one.at >= at),
        waiting=tuple(row.model_dump_json() for row in first.rows.values() if row.state in WAITS),
    )


def sent(outcome: Outcome, since: datetime) -> list[Any]:
    """Give what was sent from a moment on."""
    effects = (one.effect for one in outcome.effects if one.effect is not None and one.at >= since)
    return sorted((one.at, str(one.item), one.rule_key, one.params["text"]) for one in effects)


@pytest.mark.parametrize("days", [3.3, 9.7, 16.1, 24.4])
def test_wherever_a_window_begins_the_rest_is_as_it_is_in_the_whole(days: float) -> None:
    whole, at = lived(), BEGIN + days * DAY
    rest = sent(simulate(cut(whole, at), TRIAL), at)
    assert rest == sent(simulate(whole, TRIAL), at)
    assert rest


def became(whole: Recording, **more: Any) -> Recording:
    """Give a history in which it really went as it is simulated, but for what is said of each execution."""
    rows = simulate(whole, TRIAL).rows.values()
    return replace(whole, rows=tuple(row.model_copy(update=more).model_dump_json() for row in rows))


def test_what_really_went_so_differs_in_nothing() -> None:
    outcome = simulate(became(lived()), TRIAL)
    assert set(outcome.summary["differences"]) == {"alike"}
    assert outcome.summary["effects"] == len(outcome.effects) > 20


def test_what_is_not_simulated_any_more_is_told_where_it_was_sent_within_the_window() -> None:
    real = became(lived())
    nothing = recorded.published({"stages": [{"key": one["key"], "kind": one["kind"]} for one in SPEAKS]}, 2)
    outcome = simulate(real, Trial(PIPELINE, nothing))
    rows = [ExecutionRow.model_validate_json(row) for row in real.rows]
    assert outcome.summary["differences"] == {"only_real": sum(was_sent(row, real) for row in rows)}
    assert (outcome.rows, outcome.summary["effects"]) == ({}, 0)


def row(**more: Any) -> ExecutionRow:
    outcome = simulate(recorded.recording([CLIENT, SOFA], document={"stages": [{"key": "new", "rules": [HI]}]}), TRIAL)
    [one] = outcome.rows.values()
    return one.model_copy(update=more)


HI = rule("hi", sms("Hi"))
CLIENT = Deed(timedelta(), 1, "contact", {"name": "Ana", "phone": "+351910000001"})
SOFA = Deed(timedelta(), 1, "deal", {"title": "Sofa", "fields": {}})


def test_what_stood_before_the_window_is_known_with_how_it_entered_and_when_it_last_changed() -> None:
    deeds = [Deed(DAY, 1, "move", {"stage": "talks"}), Deed(2 * DAY, 1, "change", {"wish": "A chair"})]
    whole = recorded.recording([CLIENT, SOFA, *deeds], document={"stages": SPEAKS})
    record = MemoryRecord()
    world = World(Knowledge(), Simulated(record, Answers({})))
    items = seed_items(world, record, cut(whole, BEGIN + 3 * DAY))
    copy = world.memory.copies[recorded.deal_id(SOFA)]
    assert copy.entry is not None
    assert (copy.entry.stage, copy.entry.fields) == ("talks", {})
    assert (copy.item, copy.heard) == (items[copy.id], 3)
    assert copy.item == record.items[copy.id].item
    assert copy.changed_at is not None
    assert copy.changed_at - BEGIN == 2 * DAY + timedelta(microseconds=3)


@pytest.mark.parametrize(
    ("at", "within"), [(None, False), (-MINUTE, False), (timedelta(), True), (9 * MINUTE, True), (10 * MINUTE, False)]
)
def test_a_window_has_its_beginning_and_not_its_end(at: timedelta | None, *, within: bool) -> None:
    sent_at = None if at is None else BEGIN + at
    assert was_sent(row(dispatched_at=sent_at), Recording(BEGIN, BEGIN + 10 * MINUTE)) == within


def test_an_effect_that_only_was_is_told_with_whom_it_reached() -> None:
    seen = EffectSeen(id=UUID(int=1), whom="contact", state="sent", version=1, at=BEGIN)
    real = row(effects=(seen,), dispatched_at=BEGIN + MINUTE, reason="late")
    told = effect_told(Compared(BEGIN + MINUTE, None, None, real, ("only_real",)), {})
    assert (told["simulated"], told["whom"], told["params"], told["differs"]) == (None, ["contact"], {}, ["only_real"])
    assert (told["real"]["at"], told["real"]["reason"]) == ((BEGIN + MINUTE).isoformat(), "late")


def test_a_summary_counts_rules_by_what_they_came_to_and_tells_so_many_notes() -> None:
    rows = {UUID(int=n): row(state=state) for n, state in enumerate(("failed", "succeeded", "failed"))}
    told = summary([], rows, [Note(BEGIN, None, str(n)) for n in range(MOST_NOTES + 3)])
    assert told["rules"] == {f"{PIPELINE}/new/hi": {"failed": 2, "succeeded": 1}}
    assert ([one["words"] for one in told["notes"]], told["more_notes"]) == ([str(n) for n in range(MOST_NOTES)], 3)
    assert summary([], {}, [])["more_notes"] == 0


@pytest.mark.parametrize("size", [1, 2, 9])
def test_effects_are_told_in_parts_and_are_numbered_through(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "PART", size)
    outcome = simulate(became(recorded.recording(month.deeds(5, 2), document={"stages": SPEAKS})), TRIAL)
    kept: list[Any] = []
    for part in child.parts(outcome):
        assert len(part) <= size
        kept += found(part, len(kept))
    assert [one.n for one in kept] == list(range(1, len(outcome.effects) + 1))


@pytest.mark.parametrize(
    ("begin", "end", "field"),
    [
        (-DAY, timedelta(), ""),
        (-LONGEST, timedelta(), ""),
        (-DAY, -DAY, "to"),
        (-DAY, MINUTE, "to"),
        (-LONGEST - MINUTE, timedelta(), "from"),
    ],
)
def test_a_window_is_over_and_not_too_long(begin: timedelta, end: timedelta, field: str) -> None:
    if not field:
        check_window(BEGIN + begin, BEGIN + end, BEGIN)
        return
    with pytest.raises(FieldError) as refused:
        check_window(BEGIN + begin, BEGIN + end, BEGIN)
    assert refused.value.field == field


def test_what_is_published_is_tried_as_it_is_and_where_nothing_is_the_words_say_so() -> None:
    known = Knowledge.of(recorded.config())
    records = tried(known, PIPELINE, None, BEGIN)
    assert [(one.kind, one.id) for one in records] == [("rule-set", f"{PIPELINE}/1"), ("pipeline", PIPELINE)]
    assert known.with_(records).rule_sets == known.rule_sets
    with pytest.raises(FieldError, match="nothing is published of deal/none"):
        tried(known, "deal/none", None, BEGIN)
