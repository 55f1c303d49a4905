"""Compiled rules decide as the general path does, byte for byte, or leave it to it."""

from datetime import timedelta
from typing import Any

import pytest
from automation.desk.trials.two_ways import agree, planned
from automation.testing import contact, deal, invoice, record, rule
from contracts.config import ConfigChanged
from hypothesis import event, given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
SMS = {"send-sms": {"text": "Hi {{ contact.name }}: {{ item.amount }} by {{ item.payment_due }}"}}
MAIL = {
    "send-email": {"subject": "{{ item.title }}", "text": "{{ item.colour }} {{ responsible.name }}", "connection": "m"}
}
TASK = {"create-task": {"title": "call {{ contact.phone }}", "deadline": "2 days"}}
FOR_RUI = {"create-task": {"to": {"user": "rui"}, "title": "look at {{ item.id }}", "text": "{{ item.entered_at }}"}}
FOR_ALL = {"send-email": {"to": {"role": "warehouse"}, "subject": "s", "text": "{{ rule.key }} {{ const.vat }}"}}
OFFER = {"send-sms": {"text": "Buy!", "advertising": True}}
LIQUID = {"send-sms": {"text": "{{ item.title | upcase }}"}}
MOVE = {"move-item": {"stage": "paid"}}
ABSENT = [{"first": "2026-03-01", "last": "2026-03-05", "deputy": "eva"}]


BUYER = contact(name="Maria", phone="+351912345678")
CONSENTS: tuple[dict[str, str], ...] = (
    {},
    {"phone": "given"},
    {"phone": "refused"},
    {"email": "refused", "advertising": "given"},
)
SOFA = deal(to=(BUYER,), amount="1200.50 EUR", payment_due="2026-04-01", pieces=3, urgent=True, colour="red")


@pytest.mark.parametrize("do", [SMS, MAIL, TASK, FOR_RUI, FOR_ALL], ids=lambda do: next(iter(do)))
@pytest.mark.parametrize(
    "timing",
    [
        {},
        {"after": "3 hours"},
        {"after": "2 days", "zone": "responsible"},
        {"after": "1 working day"},
        {"after": "2 hours", "working_time": "portal"},
        {"after": "1 day", "since": "last_change"},
        {"before": "item.payment_due", "by": "1 day", "at": "10:00"},
    ],
    ids=str,
)
def test_plain_dispatches_are_compiled(timing: Json, do: Json) -> None:
    condition = {"all": [{"field": "item.amount", "greater": "1000 EUR"}, {"field": "item.colour", "equals": "red"}]}
    case = planned(rule("r", do, timing=timing, when=condition), SOFA, (BUYER,))
    assert case is not None
    assert agree(case)


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"do": MOVE}, "crm-api moves items"),
        ({"do": LIQUID}, "filters are Liquid's"),
        ({"when": {"field": "item.amount", "smaller": "5 EUR"}}, "it is skipped"),
        ({"when": {"field": "item.amount", "changed": True}}, "the item at its entry is not at hand"),
        ({"when": {"field": "results.r.url", "empty": True}}, "the rules before it are not at hand"),
        ({"do": {"send-sms": {"text": "{{ var.total }}"}}}, "the rules before it are not at hand"),
        ({"do": {"send-sms": {"text": "{{ item.delivery_by }}"}}}, "a placeholder is empty"),
        ({"timing": {"every": "10:00"}}, "it recurs"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_all_else_is_left_to_the_general_path(parts: Json, why: str) -> None:
    case = planned(rule("r", parts.pop("do", SMS), **parts), SOFA, (BUYER,))
    assert case is not None
    assert case.compiled() is None, why


def test_what_is_paused_superseded_late_or_retried_is_left_to_the_general_path() -> None:
    one = rule("r", SMS, timing={"after": "1 hour"})
    pause = record("pause", "all", {"scope": "all", "of": "", "paused": True})
    later = {"pipeline": "deal/retail", "number": 2, "stages": [], "published_by": "ann", "waiting": "cancel"}
    cases = [
        planned(one, SOFA, (BUYER,), pause),
        planned(one, SOFA, (BUYER,), record("rule-set", "deal/retail/2", later)),
        planned(one, SOFA, (BUYER,), late=timedelta(days=3)),
        planned(one, SOFA, (BUYER,), late=-timedelta(seconds=1)),
        planned(rule("r", TASK, timing={"after": "1 hour"}), SOFA, (BUYER,), absent()),
    ]
    assert [case.compiled() for case in cases if case is not None] == [None] * len(cases)
    case = planned(one, SOFA, (BUYER,))
    assert case is not None
    for change in ({"round": 2}, {"state": "dispatched"}, {"seen": {"x": 1}}, {"activation": 9}):
        case.row = case.row.model_copy(update=change)
        assert case.compiled() is None
        case.row = case.row.model_copy(update={"round": 1, "state": "waiting", "seen": {}, "activation": 1})
    assert agree(case)


def test_what_goes_to_a_deleted_contact_is_left_to_the_general_path() -> None:
    gone = BUYER.model_copy(update={"deleted": True})
    case = planned(rule("r", SMS), SOFA, (gone,))
    assert case is not None
    assert case.compiled() is None


def absent() -> ConfigChanged:
    """Let Ann be away."""
    return record("person", "ann", {"id": "ann", "name": "Ann", "email": "ann@shop.example", "absences": ABSENT})


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "amount": st.sampled_from(["1200.50 EUR", "0 EUR", "-3.1 USD", "7 GBP", 12, 12.5, "nonsense", "", None, 10**18]),
    "payment_due": st.sampled_from(["2026-04-01", "2026-03-29T02:30", "2026-01-01", "soon", None]),
    "pieces": st.one_of(st.integers(-(2**40), 2**40), st.floats(-1e6, 1e6), st.sampled_from(["4", True, None])),
    "urgent": st.sampled_from([True, False, None, "yes", "true"]),
    "colour": st.one_of(TEXTS, st.sampled_from(["red", ["red", "blue"], [], {"street": "Rua"}])),
}
LITERALS: dict[str, list[Any]] = {
    "amount": ["1200.50 EUR", "1200.5 EUR", "3 USD", 12, 0],
    "payment_due": ["2026-04-01", "2026-03-29T02:30"],
    "pieces": [3, 4.5, 0],
    "urgent": [True, False, "true"],
    "colour": ["red", "", "5 EUR", "2026-04-01"],
}


@st.composite
def comparisons(draw: st.DrawFn) -> Json:
    """Compare a field with a value that may be compared with it, or with another field."""
    name = draw(st.sampled_from(list(LITERALS)))
    literal = st.sampled_from(LITERALS[name])
    wanted: dict[str, st.SearchStrategy[Any]] = {
        "equals": literal | st.just({"field": "contact.phone"}),
        "differs": literal,
        "in": st.lists(literal, min_size=1, max_size=3),
        "contains": literal,
        "empty": st.booleans(),
        "greater": st.sampled_from(LITERALS["amount" if name == "amount" else "pieces"]),
        "smaller": st.sampled_from(LITERALS["amount" if name == "amount" else "pieces"]),
        "between": st.just(["1 EUR", "2000 EUR"]),
        "before": st.just("2026-05-01"),
    }
    kind = draw(st.sampled_from(list(wanted)))
    return {"field": f"item.{name}", kind: draw(wanted[kind])}


def grown(parts: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Make larger conditions of smaller ones."""
    branch = st.sampled_from(["all", "any"])
    return st.dictionaries(branch, st.lists(parts, max_size=3), min_size=1, max_size=1) | st.fixed_dictionaries(
        {"not": parts}
    )


CONDITIONS = st.none() | st.recursive(comparisons(), grown, max_leaves=5)
TIMINGS = st.sampled_from(
    [
        {},
        {"after": "90 minutes"},
        {"after": "1 month", "working_time": "portal"},
        {"after_date": "item.payment_due", "by": "2 hours", "zone": "contact"},
        {"before": "item.payment_due", "if_past": "run"},
        {"at": "2026-03-09T10:00"},
    ]
)


@settings(max_examples=250, deadline=None)
@given(
    timing=TIMINGS,
    when=CONDITIONS,
    do=st.sampled_from([SMS, MAIL, TASK, FOR_RUI, FOR_ALL, {"send-sms": {"text": "plain"}}, OFFER]),
    fields=st.fixed_dictionaries({}, optional=VALUES),
    buyer=st.fixed_dictionaries(
        {"phone": st.sampled_from(["+3519", ["+1", "+2"], None]), "name": st.none() | TEXTS},
        optional={"consents": st.sampled_from(CONSENTS)},
    ),
    late=st.sampled_from([0, 59, 7200, 90_000]),
    catch_up=st.sampled_from([None, "run", "skip", "run_if_late_by_at_most 3 hours"]),
    keep=st.booleans(),
)
def test_compiled_and_general_decisions_are_equal(
    *, timing: Json, when: Json | None, do: Json, fields: Json, buyer: Json, late: int, catch_up: str | None, keep: bool
) -> None:
    linked = (contact(**buyer), invoice())
    one = rule("r", do, timing=timing, when=when, catch_up=catch_up, keep_on_leave=keep, at_least_once=keep)
    case = planned(one, deal(to=linked, **fields), linked, late=timedelta(seconds=late))
    if case is not None:
        event("compiled" if agree(case) else "left to the general path")
