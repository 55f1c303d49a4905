"""Settle windows: how long signals are gathered, and the one move that they come to together."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from automation.checking import check_triggers
from automation.conditions import read_condition
from automation.documents import DocumentError
from automation.facts import EMPTY
from automation.paths import reader
from automation.settle_windows import MOST_BYTES, MOST_SIGNALS, Gathering, Window, evaluate, parted
from automation.testing import NOW, PIPELINE, deal, facts, named, pipeline, shop
from automation.triggers import Choice, fitting
from contracts.commands import FittingTrigger
from contracts.config import Pipeline
from contracts.items import SignalSeen
from contracts.rules import SettleWindow
from contracts.signals import Signal
from hypothesis import given
from hypothesis import strategies as st

Json = dict[str, Any]
SECOND = timedelta(seconds=1)
WINDOW = Window(30 * SECOND, 300 * SECOND)
SETTLE = {"quiet": "30 seconds", "at_most": "5 minutes"}


def seen(text: str = "", **payload: Any) -> SignalSeen:
    return SignalSeen(id=named(f"{text}{payload}"), kind="message", happened_at=NOW, payload={"text": text, **payload})


def trigger(key: str, **parts: Any) -> Json:
    return {"id": str(named(key)), "key": key, "on": "chat.message", "settle": SETTLE, **parts}


def fit(key: str, stage: str) -> FittingTrigger:
    return FittingTrigger(id=named(key), pipeline=PIPELINE, stage=stage)


def gathering(key: str, stage: str, *signals: SignalSeen) -> Gathering:
    began = Gathering(fit(key, stage), deal(), NOW, NOW)
    for signal in signals:
        began = began.joined(signal, WINDOW, NOW)
    return began


def came_to(triggers: dict[str, list[Json]], *closed: Gathering, stage: str = "new") -> Choice:
    return evaluate(
        deal().model_copy(update={"stage": stage}), (), shop(extra=(pipeline(triggers=triggers),)), closed, NOW
    )


@pytest.mark.parametrize(
    ("written", "place", "words"),
    [
        ({"quiet": "soon", "at_most": "5 minutes"}, "quiet", "is not an interval"),
        ({"quiet": "30 seconds", "at_most": "20 seconds"}, "at_most", "shorter than 30 seconds"),
        ({"quiet": "0 seconds", "at_most": "20 seconds"}, "quiet", "not between 1 second and 7 days"),
        ({"quiet": "1 minute", "at_most": "8 days"}, "at_most", "not between 1 second and 7 days"),
        ({"quiet": "1 working hour", "at_most": "8 hours"}, "quiet", "no fixed length"),
        ({"quiet": "1 hour", "at_most": "1 month"}, "at_most", "no fixed length"),
    ],
)
def test_a_window_that_cannot_be_is_refused_at_its_place(written: Json, place: str, words: str) -> None:
    with pytest.raises(DocumentError, match=words) as refused:
        Window.read(SettleWindow(**written))
    assert refused.value.path == place
    shape = pipeline(triggers={"paid": [trigger("a", settle=written)]}).record()
    assert isinstance(shape, Pipeline)
    [finding] = check_triggers(shape, shop())
    assert (finding.path, finding.severity) == (f"triggers.paid.0.settle.{place}", "error")
    assert finding.fix


@pytest.mark.parametrize(
    ("quiet", "at_most"), [("1 second", "1 second"), ("7 days", "1 week"), ("90 seconds", "2 minutes")]
)
def test_a_window_may_be_as_short_and_as_long_as_it_says(quiet: str, at_most: str) -> None:
    window = Window.read(SettleWindow(quiet=quiet, at_most=at_most))
    assert SECOND <= window.quiet <= window.at_most <= 7 * 24 * 3600 * SECOND


def test_each_signal_prolongs_the_wait_until_the_longest_one_is_over() -> None:
    one = Gathering(fit("a", "paid"), deal(), NOW, NOW).joined(seen("1"), WINDOW, NOW)
    assert one.due_at == NOW + 30 * SECOND
    two = one.joined(seen("2"), WINDOW, NOW + 29 * SECOND)
    assert two.due_at == NOW + 59 * SECOND
    assert two.joined(seen("3"), WINDOW, NOW + 290 * SECOND).due_at == NOW + 300 * SECOND
    assert [signal.payload["text"] for signal in two.signals] == ["1", "2"]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30))
def test_it_is_over_after_the_quiet_and_never_after_the_longest_wait(pauses: list[int]) -> None:
    now, kept = NOW, Gathering(fit("a", "paid"), deal(), NOW, NOW)
    came: list[datetime] = []
    for pause in pauses:
        now += pause * SECOND if came else timedelta()
        if came and kept.due_at <= now:
            break
        kept, came = kept.joined(seen("x"), WINDOW, now), [*came, now]
    assert kept.due_at == min(came[-1] + WINDOW.quiet, came[0] + WINDOW.at_most)
    assert len(kept.signals) == len(came)


def test_what_floods_an_item_ends_the_wait() -> None:
    kept = gathering("a", "paid", *(seen(str(number)) for number in range(MOST_SIGNALS)))
    assert kept.due_at == NOW
    assert gathering("a", "paid", seen("x" * 300_000)).due_at == NOW
    assert gathering("a", "paid", seen("x" * 1000)).due_at > NOW
    around = len(seen("").model_dump_json())
    last, full = (seen("x" * (MOST_BYTES - around - short)) for short in (1, 0))
    assert gathering("a", "paid", last).due_at > NOW
    assert gathering("a", "paid", full).due_at == NOW
    # What was gathered before counts as well.
    assert gathering("a", "paid", last, seen("y")).due_at == NOW


def test_only_what_may_move_the_item_waits() -> None:
    shape = pipeline(
        triggers={"new": [trigger("here")], "documents": [trigger("waits")], "paid": [trigger("now", settle=None)]}
    ).record()
    assert isinstance(shape, Pipeline)
    fits = (fit("here", "new"), fit("waits", "documents"), fit("now", "paid"))
    assert parted(deal(), shape, fits) == (fits[1:2], (fits[0], fits[2]))


def test_a_condition_on_the_signal_excludes_nothing_before_all_are_there() -> None:
    when = {"field": "signals.size", "greater": 2}
    triggers = {"paid": [trigger("many", when=when), trigger("one", when=when, settle=None)]}
    signal = Signal(id=named("s"), kind="chat.message", source="telegram", happened_at=NOW)
    assert [one.id for one in fitting(signal, shop(extra=(pipeline(triggers=triggers),)))] == [named("many")]


@pytest.mark.parametrize(
    ("when", "moves"),
    [
        ({"field": "signals.size", "equals": 3}, True),
        ({"field": "signals.size", "greater": 3}, False),
        ({"field": "signal.text", "equals": "please"}, True),
        ({"field": "signals.first.text", "equals": "hello"}, True),
        ({"field": "signals.last.text", "equals": "hello"}, False),
        ({"field": "signals.all.text", "contains": "the oak table"}, True),
        ({"field": "signals.joined.text", "contains": "OAK"}, True),
        ({"field": "signals.joined.text", "contains": "pine"}, False),
        ({"field": "signals.all.colour", "in": ["red"]}, True),
        ({"field": "signals.all.colour", "empty": True}, False),
    ],
)
def test_conditions_read_all_that_was_gathered(when: Json, *, moves: bool) -> None:
    told = gathering("a", "paid", seen("hello", colour="red"), seen("the oak table"), seen("please"))
    choice = came_to({"paid": [trigger("a", when=when)]}, told)
    assert (choice.chosen == told.fit) is moves
    assert choice.not_chosen == (() if moves else ((told.fit, "condition_false"),))


def test_of_what_is_over_at_once_each_is_weighed_on_its_own_and_the_earliest_stage_wins() -> None:
    two = {"field": "signals.size", "equals": 2}
    triggers = {"documents": [trigger("a", when=two)], "paid": [trigger("b", when=two), trigger("c")]}
    closed = (
        gathering("a", "documents", seen("1")),
        gathering("b", "paid", seen("1"), seen("2")),
        gathering("c", "paid", seen("1")),
    )
    choice = came_to(triggers, *closed)
    assert choice.chosen == fit("b", "paid")
    assert [why for _, why in choice.not_chosen] == ["condition_false", "not_chosen"]


def test_the_stage_of_the_moment_decides_and_a_trigger_that_is_gone_does_nothing() -> None:
    told = gathering("a", "documents", seen("1"))
    assert came_to({"documents": [trigger("a")]}, told, stage="paid").not_chosen == ((told.fit, "earlier_stage"),)
    assert came_to({"documents": []}, told) == Choice(None)


@pytest.mark.parametrize("path", ["signals.text", "signals.size.x", "signals.all", "signals.first"])
def test_what_names_nothing_of_the_signals_is_refused(path: str) -> None:
    with pytest.raises(DocumentError, match="names no value"):
        reader(path)
    shape = pipeline(triggers={"paid": [trigger("a", when={"field": path, "equals": 1})]}).record()
    assert isinstance(shape, Pipeline)
    assert [finding.path for finding in check_triggers(shape, shop())] == ["triggers.paid.0.when.equals"]


def test_a_single_signal_is_a_list_of_one_and_without_any_there_is_nothing() -> None:
    alone = facts(deal(), signal=seen("hello"))
    assert reader("signals.size")(alone) == 1
    assert reader("signals.last.kind")(alone) == "message"
    nothing = facts(deal())
    assert reader("signals.size")(nothing) == 0
    assert [reader(f"signals.{part}.text")(nothing) for part in ("first", "all", "joined")] == [EMPTY] * 3
    assert read_condition({"field": "signals.joined.text", "empty": True}).weigh(nothing).value is True
