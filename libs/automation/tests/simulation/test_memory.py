"""What a simulation keeps between decisions: who links to whom, what was heard, and what is in play."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.desk.copies import Copy
from automation.desk.executions import Execution
from automation.simulation.memory import Memory
from automation.testing import CAUSE, NOW, REF, deal, named, shop
from contracts.envelope import Cause
from contracts.executions import PENDING, ExecutionRow
from contracts.items import Item, Link, SignalSeen
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = ("a", "b", "c", "d")
KNOWN = shop()


def item(name: str, *to: str, version: int = 1, activation: int = 1) -> Item:
    links = tuple(Link(role=one, type="deal", id=named(one)) for one in to)
    return deal(id=named(name), version=version, activation=activation, links=links)


def run(of: str, state: str = "waiting", activation: int = 1, name: str = "") -> Execution:
    told = {"id": named(f"{of} {state} {activation} {name}"), "version": 1, "item": named(of), "activation": activation}
    rest = {"rule": named("rule"), "rule_key": "r", "rule_set": REF, "stage": "new", "action": "send-sms"}
    row = ExecutionRow.model_validate({**told, **rest, "state": state, "planned_at": NOW})
    return Execution(row, Cause(CAUSE, CAUSE))


def holding(*items: Item, runs: tuple[Execution, ...] = ()) -> Memory:
    memory = Memory()
    for one in items:
        memory.add_copy(Copy(one.id, one.version, one.version, item=one))
    for execution in runs:
        memory.add(execution)
    return memory


def waiting_on(memory: Memory, *changed: str) -> set[tuple[UUID, UUID]]:
    return set(memory.waiting_on(named(one) for one in changed))


def in_play(memory: Memory, of: str, activation: int | None = None) -> set[UUID]:
    return set(memory.desk(KNOWN, NOW, named(of), activation).executions)


@pytest.mark.parametrize("state", sorted([*PENDING, "succeeded", "skipped", "blocked"]))
def test_only_what_waits_for_a_moment_or_had_one_that_was_over_is_moved_by_what_it_links_to(state: str) -> None:
    memory = holding(item("a", "b"), item("b"), runs=(run("a", state), run("a", "succeeded", name="another")))
    # What was skipped without a decision was over when it was planned, and another date may bring it back.
    moves = {"waiting", "waiting_for_date", "waiting_for_signal", "skipped"}
    moved = {(named("a"), named("b"))} if state in moves else set()
    assert waiting_on(memory, "b") == moved
    assert waiting_on(memory, "a") == set()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES))), max_size=12))
def test_who_waits_on_what_is_told_by_the_links_that_hold_now(changes: list[tuple[str, set[str]]]) -> None:
    memory = holding(*(item(one) for one in NAMES), runs=tuple(run(one) for one in NAMES))
    links: dict[str, set[str]] = {one: set() for one in NAMES}
    for version, (name, to) in enumerate(changes, start=2):
        desk = memory.desk(KNOWN, NOW, named(name))
        desk.take(item(name, *sorted(to), version=version), "changed")
        memory.keep(desk)
        links[name] = to
    for target in NAMES:
        assert waiting_on(memory, target) == {(named(one), named(target)) for one in NAMES if target in links[one]}


@pytest.mark.parametrize("state", sorted([*PENDING, "succeeded", "cancelled"]))
def test_in_play_is_the_present_activation_the_one_asked_for_and_all_that_is_open(state: str) -> None:
    runs = tuple(run("a", state, activation) for activation in (1, 2, 3))
    memory = holding(item("a", activation=3), runs=(*runs, run("b")))
    assert run("b").row.id not in in_play(memory, "a")
    open_ = state in PENDING
    assert in_play(memory, "a") == {one.row.id for one in runs if open_ or one.row.activation == 3}
    assert in_play(memory, "a", 1) == {one.row.id for one in runs if open_ or one.row.activation != 2}


def test_a_desk_lies_over_the_item_what_it_links_to_and_what_is_heard_of_with_it() -> None:
    memory = holding(item("a", "b", "unheard"), item("b", "c"), item("c"), item("d"))
    assert set(memory.desk(KNOWN, NOW, named("a")).copies) == {named("a"), named("b")}
    beside = memory.desk(KNOWN, NOW, named("a"), beside=[named("d"), named("fresh")])
    assert set(beside.copies) == {named(one) for one in ("a", "b", "d", "fresh")}
    assert beside.copies[named("fresh")].item is None
    # A stub is remembered: what is learned of it on one desk is there on the next.
    assert memory.desk(KNOWN, NOW, named("fresh")).copies[named("fresh")] is beside.copies[named("fresh")]


def seen(name: str) -> SignalSeen:
    return SignalSeen(id=named(name), kind="message", happened_at=NOW, payload={})


def kept(memory: Memory, of: str) -> list[tuple[int, UUID]]:
    return [(activation, one.id) for _, activation, one in memory.desk(KNOWN, NOW, named(of)).kept]


def heard(memory: Memory, of: str, activation: int, name: str) -> None:
    desk = memory.desk(KNOWN, NOW, named(of))
    desk.signals.append((named(of), activation, seen(name)))
    memory.keep(desk)


def test_signals_are_kept_by_item_until_it_enters_a_later_activation() -> None:
    memory = holding(item("a"), item("b"))
    for name, activation in (("one", 1), ("two", 2), ("three", 3)):
        heard(memory, "a", activation, name)
    heard(memory, "b", 1, "other")
    assert kept(memory, "a") == [(1, named("one")), (2, named("two")), (3, named("three"))]
    desk = memory.desk(KNOWN, NOW, named("a"))
    desk.entered.update({named("a"): 2, named("c"): 5})
    memory.keep(desk)
    assert kept(memory, "a") == [(2, named("two")), (3, named("three"))]
    assert kept(memory, "b") == [(1, named("other"))]
    assert kept(memory, "c") == []


def test_what_a_desk_changes_is_kept_and_what_is_spent_is_out_of_play_but_still_told() -> None:
    first, other = run("a", name="first"), run("a", name="other")
    memory = holding(item("a"), runs=(first, other))
    desk = memory.desk(KNOWN, NOW, named("a"))
    changed: dict[str, Any] = {"version": 2, "due_at": NOW + timedelta(days=1)}
    desk.put(first.row.model_copy(update=changed), first.cause)
    desk.spent.add(other.row.id)
    memory.keep(desk)
    assert [one.row.version for one in memory.of(named("a"))] == [2]
    assert set(memory.executions) == {first.row.id, other.row.id}
    assert list(memory.items()) == [named("a")]
    assert list(memory.of(named("b"))) == []
