"""Which triggers fit a signal, and the one move that follows."""

from typing import Any

import pytest
from automation.filters import fits
from automation.testing import NOW, PIPELINE, contact, deal, facts, named, pipeline, shop
from automation.triggers import Choice, choose, fitting, weigh_on
from contracts.commands import FittingTrigger
from contracts.config import Pipeline
from contracts.rules import Trigger
from contracts.signals import Signal
from hypothesis import given
from hypothesis import strategies as st

Json = dict[str, Any]
STAGE_KEYS = ["new", "documents", "paid", "lost"]


def trigger(key: str, **parts: Any) -> Json:
    """Make a trigger on paid invoices."""
    return {"id": str(named(key)), "key": key, "on": "invoice.paid", **parts}


def signal(kind: str = "invoice.paid", **payload: Any) -> Signal:
    """Make a signal."""
    return Signal(id=named("signal"), kind=kind, source="stripe", happened_at=NOW, payload=payload)


def fit(triggers: dict[str, list[Json]], of: Signal) -> list[tuple[str, str]]:
    """Give stage and pipeline of the triggers that fit."""
    found = fitting(of, shop(extra=(pipeline(triggers=triggers),)))
    return [(one.stage, one.pipeline) for one in found]


def test_triggers_of_the_kind_fit() -> None:
    triggers = {"paid": [trigger("a"), trigger("b", enabled=False)], "lost": [trigger("c", on="call.missed")]}
    assert fit(triggers, signal()) == [("paid", PIPELINE)]


@pytest.mark.req("I3", "I4")
def test_who_asks_to_be_called_back_has_sent_a_form_and_not_the_other_way_round() -> None:
    any_form, one_form = trigger("any", on="form.submitted"), trigger("one", on="form.submitted", filter={"form": "a"})
    triggers = {"documents": [any_form], "paid": [one_form], "lost": [trigger("call", on="callback.requested")]}
    assert [stage for stage, _ in fit(triggers, signal("callback.requested", form="a"))] == [
        "lost",
        "documents",
        "paid",
    ]
    assert [stage for stage, _ in fit(triggers, signal("form.submitted", form="b"))] == ["documents"]


@pytest.mark.parametrize(
    ("wanted", "payload", "result"),
    [
        ({}, {"form": "x"}, True),
        ({"form": "callback"}, {"form": "callback"}, True),
        ({"form": "callback"}, {"form": "order"}, False),
        ({"form": "callback"}, {}, False),
        ({"form": ["callback", "order"]}, {"form": "order"}, True),
        ({"fields": "amount"}, {"fields": ["title", "amount"]}, True),
        ({"fields": ["colour"]}, {"fields": ["title", "amount"]}, False),
        ({"line": 7}, {"line": "7"}, True),
        ({"form": "a", "line": "b"}, {"form": "a", "line": "c"}, False),
    ],
)
def test_filter_names_values_of_the_payload(wanted: Json, payload: Json, *, result: bool) -> None:
    assert fits(wanted, payload) is result


@pytest.mark.parametrize(
    ("when", "may"),
    [
        ({"field": "signal.amount", "greater": "100 EUR"}, False),
        ({"field": "signal.amount", "smaller": "100 EUR"}, True),
        ({"field": "item.amount", "greater": "100 EUR"}, True),
        ({"field": "contact.email", "empty": True}, True),
        ({"all": [{"field": "item.x", "equals": 1}, {"field": "signal.amount", "greater": "100 EUR"}]}, False),
        ({"any": [{"field": "item.x", "equals": 1}, {"field": "signal.amount", "greater": "100 EUR"}]}, True),
        ({"field": "item.amount", "changed": True}, True),
        ({"not": {"field": "item.x", "equals": 1}}, True),
    ],
)
def test_only_what_the_signal_tells_can_exclude_a_trigger(when: Json, *, may: bool) -> None:
    assert bool(fit({"paid": [trigger("a", when=when)]}, signal(amount="50 EUR"))) is may


def decided(triggers: dict[str, list[Json]], stage: str = "new", **fields: Any) -> Choice:
    """Let all triggers of the pipeline try to move a deal that stands in a stage."""
    shape = pipeline(triggers=triggers).record()
    assert isinstance(shape, Pipeline)
    item = deal(stage=stage, to=(contact(),), **fields)
    offered = tuple(
        FittingTrigger(id=named(one["key"]), pipeline=PIPELINE, stage=place)
        for place, own in triggers.items()
        for one in own
    )
    return choose(item, shape, offered, weigh_on(facts(item, contact())))


def chosen(choice: Choice) -> str | None:
    """Give the stage that was chosen."""
    return choice.chosen.stage if choice.chosen else None


def whys(choice: Choice) -> dict[str, str]:
    """Give the reasons by stage."""
    return {one.stage: why for one, why in choice.not_chosen}


def test_earliest_allowed_stage_is_chosen_and_the_others_are_written_down() -> None:
    choice = decided(
        {"lost": [trigger("c")], "paid": [trigger("b")], "documents": [trigger("a")], "new": [trigger("n")]}
    )
    assert chosen(choice) == "documents"
    assert whys(choice) == {"paid": "not_chosen", "lost": "not_chosen", "new": "same_stage"}


@pytest.mark.parametrize(
    ("stage", "target", "backward", "why"),
    [
        ("new", "paid", False, None),
        ("documents", "new", False, "earlier_stage"),
        ("documents", "new", True, None),
        ("documents", "documents", True, "same_stage"),
        ("paid", "documents", False, "earlier_stage"),
        ("paid", "documents", True, None),
        ("paid", "lost", False, "final_stage"),
        ("lost", "paid", True, None),
        ("removed", "new", False, None),
    ],
)
def test_moves_go_forward_unless_the_trigger_says_otherwise(
    stage: str, target: str, why: str | None, *, backward: bool
) -> None:
    choice = decided({target: [trigger("a", allow_backward=backward)]}, stage)
    assert (chosen(choice) is None) is (why is not None)
    assert whys(choice) == ({target: why} if why else {})


def test_condition_on_the_item_decides_on_its_real_values() -> None:
    large = {"field": "item.amount", "greater": "1000 EUR"}
    dollars = {"field": "item.amount", "greater": "1000 USD"}
    triggers = {"documents": [trigger("a", when=large)], "paid": [trigger("b")], "lost": [trigger("c", when=dollars)]}
    choice = decided(triggers, amount="900 EUR")
    assert chosen(choice) == "paid"
    assert whys(choice) == {"documents": "condition_false", "lost": "condition_unknown"}
    assert chosen(decided(triggers, amount="2000 EUR")) == "documents"


def test_two_triggers_of_one_stage_make_one_move() -> None:
    choice = decided({"paid": [trigger("a"), trigger("b")]})
    assert choice.chosen is not None
    assert choice.chosen.id == named("a")
    assert [(one.id, why) for one, why in choice.not_chosen] == [(named("b"), "not_chosen")]


def test_triggers_of_other_pipelines_and_disabled_ones_do_not_concern_the_item() -> None:
    shape = pipeline(triggers={"paid": [trigger("off", enabled=False)]}).record()
    offered = (
        FittingTrigger(id=named("off"), pipeline=PIPELINE, stage="paid"),
        FittingTrigger(id=named("elsewhere"), pipeline="deal/other", stage="paid"),
    )
    assert choose(deal(), shape, offered, lambda _: True) == Choice(None, ())


def test_condition_that_cannot_be_read_is_unknown() -> None:
    broken = Trigger(id=named("x"), key="x", on="invoice.paid", when={"nonsense": 1})
    assert weigh_on(facts(deal()))(broken) is None


OFFERS = st.lists(st.tuples(st.sampled_from(STAGE_KEYS), st.booleans()), max_size=6)


@given(st.sampled_from(STAGE_KEYS), OFFERS)
def test_no_trigger_jumps_back_or_stays_and_each_has_one_answer(stage: str, offers: list[tuple[str, bool]]) -> None:
    triggers: dict[str, list[Json]] = {}
    for number, (target, backward) in enumerate(offers):
        triggers.setdefault(target, []).append(trigger(str(number), allow_backward=backward))
    choice = decided(triggers, stage)
    answered = [one.id for one, _ in choice.not_chosen] + ([choice.chosen.id] if choice.chosen else [])
    assert sorted(answered) == sorted(named(str(number)) for number in range(len(offers)))
    if choice.chosen is not None:
        forward = STAGE_KEYS.index(choice.chosen.stage) > STAGE_KEYS.index(stage) and stage in {"new", "documents"}
        backward = any(b for t, b in offers if t == choice.chosen.stage)
        assert choice.chosen.stage != stage
        assert forward or backward
