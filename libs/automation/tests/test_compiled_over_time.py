"""Rules that are compiled once decide as the general path does, item after item, and while people come and go."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.compiled import Rules
from automation.desk.trials.two_ways import Due, agree, planned
from automation.testing import NOW, contact, deal, invoice, pipeline, record, rule
from contracts.config import ConfigChanged
from contracts.items import Item, Link
from hypothesis import event, given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
DAY = timedelta(days=1)
IDS = ("ann", "eva", "leo", "rui")
BUYER = contact(name="Maria", consents={"phone": "given", "advertising": "given"})


def person(id_: str, **parts: Any) -> ConfigChanged:
    return record("person", id_, {"id": id_, "name": id_.title(), "email": f"{id_}@shop.example", **parts})


def days(first: int, last: int, **parts: Any) -> Json:
    at = NOW.date()
    return {"first": (at + first * DAY).isoformat(), "last": (at + last * DAY).isoformat(), **parts}


# --- who can be asked changes with the days, while the config stays as it is ---


def test_nobody_stands_in_only_until_somebody_is_back() -> None:
    gone = (person("ann", active=False, supervisor="rui"), person("rui", absences=[days(-1, 1)]))
    ask = rule("ask", {"create-task": {"title": "call"}}, timing={"after": "1 hour"}, catch_up="run")
    item = deal()
    case = planned(ask, item, (), *gone)
    assert case is not None
    rules = Rules(case.knowledge)
    agree(case, rules)
    case.now += 2 * DAY
    agree(case, rules)
    assert case.compiled(rules) is None
    [said] = case.general().said
    assert [one.whom for one in said.data.recipients] == ["person:rui"]


SOMEBODY = st.sampled_from([None, *IDS])


@st.composite
def people(draw: st.DrawFn) -> tuple[ConfigChanged, ...]:
    def one(id_: str) -> ConfigChanged:
        away = draw(st.lists(st.sampled_from([days(0, 0), days(-1, 1, deputy="leo"), days(1, 2)]), max_size=1))
        roles = {
            "role": draw(st.sampled_from(["", "warehouse"])),
            "phone": draw(st.sampled_from(["", "+351910000001"])),
        }
        near = {"supervisor": draw(SOMEBODY), "deputy": draw(SOMEBODY)}
        return person(id_, active=draw(st.booleans()), absences=away, **roles, **near)

    return (*(one(id_) for id_ in IDS), pipeline(owner=draw(SOMEBODY) or ""))


TO: list[Any] = ["responsible", "supervisor", "item.courier", {"role": "warehouse"}, {"user": "eva"}]
TELL = st.sampled_from(
    [
        *({"create-task": {"title": "call {{ responsible.name }}", "to": to}} for to in TO),
        *({"send-email": {"subject": "s", "text": "{{ item.title }}", "to": to}} for to in TO),
        *({"send-sms": {"text": "t", "to": to}} for to in TO[:2]),
        {"notify": {"text": "look", "to": "responsible"}},
    ]
)


@settings(max_examples=60, deadline=None)
@given(
    TELL,
    people(),
    st.lists(
        st.tuples(
            st.sampled_from([None, *IDS, "nobody"]), st.sampled_from([None, "eva", ["ann", "leo"]]), st.integers(0, 3)
        ),
        min_size=2,
        max_size=5,
    ),
)
def test_people_come_and_go_under_rules_that_are_compiled_once(
    do: Json, staff: tuple[ConfigChanged, ...], turns: list[tuple[str | None, Any, int]]
) -> None:
    one = rule("tell", do, timing={"after": "1 hour"}, catch_up="run")
    rules: Rules | None = None
    for responsible, courier, late in turns:
        case = planned(one, deal(responsible=responsible, courier=courier), (), *staff, late=late * DAY)
        assert case is not None
        rules = rules or Rules(case.knowledge)
        event("compiled" if agree(Due(rules.knowledge, case.row, case.item, (), case.now), rules) else "left")


# --- items of other shapes come by, and each finds the rule as it must be for it ---

OTHER = contact().model_copy(update={"id": UUID(int=9), "fields": {"phone": ["+1", "+2"], "name": "", "birthday": 7}})
LINKS: dict[str, tuple[tuple[str, Item], ...]] = {
    "nobody": (),
    "the buyer": (("contact", BUYER),),
    "two": (("contact", OTHER), ("contact", BUYER)),
    "an invoice as contact": (("contact", invoice(phone="+3", email="i@x.example", pay_before="2026-04-01")),),
    "both": (("invoice", invoice(pay_before="2026-04-01")), ("contact", BUYER)),
}
SHAPES = st.tuples(
    st.sampled_from([*LINKS, "the buyer", "both"]),
    st.sampled_from([True, True, True, False]),
    st.sampled_from(["5 EUR", "5.00 EUR", "9 USD", 5, None, "broken"]),
    st.sampled_from(["red", ["red"], "5", 5, None]),
)
WHEN = st.sampled_from(
    [
        None,
        {"field": "item.amount", "differs": "7 EUR"},
        {"field": "item.amount", "equals": "5 EUR"},
        {"field": "contact.birthday", "empty": True},
        {"field": "contact.phone", "contains": "+"},
        {"field": "contact.pay_before", "before": "2026-05-01"},
        {"any": [{"field": "item.colour", "in": ["red", "5"]}, {"field": "contact.phone", "equals": "+3"}]},
        {"field": "item.colour", "equals": {"field": "contact.phone"}},
        {"not": {"field": "invoice.pay_before", "equals": "2026-04-02"}},
    ]
)
DO = st.sampled_from(
    [
        {"send-sms": {"text": "{{ item.title }} {{ item.entered_at }}"}},
        {"create-task": {"title": "{{ item.title }}"}},
        {"send-sms": {"text": "{{ contact.name }} {{ item.id }}"}},
        {"send-email": {"subject": "{{ item.colour }}", "text": "{{ contact.phone }} {{ item.amount }}"}},
        {"create-task": {"title": "{{ invoice.pay_before }} {{ item.stage }}", "deadline": "1 working day"}},
        {"create-task": {"title": "{{ contact.email }}{{ contact.birthday }}"}},
    ]
)


def shaped(links: str, colour: Any, amount: Any, *, known: bool) -> tuple[Item, tuple[Item, ...]]:
    told = LINKS[links]
    fields = {name: value for name, value in (("colour", colour), ("amount", amount)) if value is not None}
    item = deal(links=tuple(Link(role=role, type=one.type, id=one.id) for role, one in told), **fields)
    return item, tuple(one for _, one in told) if known else ()


@settings(max_examples=60, deadline=None)
@given(DO, st.none() | WHEN, st.lists(SHAPES, min_size=2, max_size=5))
def test_items_of_all_shapes_pass_through_one_rule_that_is_compiled_once(
    do: Json, when: Json | None, shapes: list[tuple[str, bool, Any, Any]]
) -> None:
    one = rule("tell", do, when=when)
    rules: Rules | None = None
    for links, known, amount, colour in shapes:
        item, linked = shaped(links, colour, amount, known=known)
        case = planned(one, item, linked)
        assert case is not None
        rules = rules or Rules(case.knowledge)
        event("compiled" if agree(Due(rules.knowledge, case.row, item, linked, case.now), rules) else "left")


# --- at the very edge of what may still run ---


@pytest.mark.parametrize(
    ("catch_up", "last"),
    [
        ("skip", timedelta(minutes=1)),
        ("run_if_late_by_at_most 3 hours", timedelta(hours=3, minutes=1)),
        ("run_if_late_by_at_most 1 month", 31 * DAY + timedelta(minutes=1)),
        (None, DAY + timedelta(minutes=1)),
    ],
)
def test_what_is_late_runs_to_the_last_moment_and_no_longer_in_both_ways(catch_up: str | None, last: timedelta) -> None:
    text = rule("text", {"send-sms": {"text": "hello"}}, timing={"after": "1 hour"}, catch_up=catch_up)
    item = deal(to=(BUYER,))
    case = planned(text, item, (BUYER,), late=last)
    assert case is not None
    # Summer time takes an hour from what is counted in months; only the portal's clock says so.
    if "month" in (catch_up or ""):
        case.now -= timedelta(hours=1)
    assert agree(case)
    case.now += timedelta(microseconds=1)
    assert case.compiled() is None
    (row,) = (one.row for one in case.general().executions.values())
    assert row.state == "missed"


@pytest.mark.parametrize("catch_up", ["run", None])
def test_what_our_own_people_are_asked_is_never_too_late(catch_up: str | None) -> None:
    task = rule("task", {"create-task": {"title": "call"}}, timing={"after": "1 hour"}, catch_up=catch_up)
    case = planned(task, deal(), (), late=400 * DAY)
    assert case is not None
    assert agree(case)
