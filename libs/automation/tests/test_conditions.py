"""Conditions: three-valued logic as tables, each comparison, and the words that users read."""

from pathlib import Path
from typing import Any

import pytest
from automation import conditions
from automation.conditions import COMPARISONS, read_condition
from automation.documents import DocumentError
from automation.facts import Facts
from automation.testing import contact, deal, facts, invoice
from contracts.items import SignalSeen
from hypothesis import given
from hypothesis import strategies as st

Truth = bool | None
T, F, U = True, False, None
# Conditions that are true, false and unknown on the item below.
OF: dict[bool | None, dict[str, Any]] = {
    T: {"field": "item.pieces", "equals": 3},
    F: {"field": "item.pieces", "equals": 4},
    U: {"field": "item.amount", "greater": "1000 USD"},
}


def seen(**fields: Any) -> Facts:
    """Give facts about a deal with these fields."""
    return facts(deal(to=(contact(),), **{"amount": "900 EUR", "pieces": 3, **fields}), contact())


def weigh(doc: dict[str, Any] | None, known: Facts | None = None) -> bool | None:
    """Weigh a document."""
    return read_condition(doc).weigh(known or seen()).value


def test_every_family_of_comparisons_is_in_the_table() -> None:
    files = {path.stem for path in Path(conditions.__file__).parent.glob("*.py")} - {"__init__"}
    listed = {kind.__module__.rpartition(".")[2] for kind in COMPARISONS.values()}
    assert files == listed | {"tree", "comparison"}


@pytest.mark.req("C1")
def test_no_condition_always_holds() -> None:
    assert weigh(None) is True
    assert weigh({"all": []}) is True
    assert weigh({"any": []}) is False


TABLE = [
    (T, T, T, T), (T, F, F, T), (T, U, U, T),
    (F, T, F, T), (F, F, F, F), (F, U, F, U),
    (U, T, U, T), (U, F, F, U), (U, U, U, U),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right", "both", "either"), TABLE)
def test_all_and_any_follow_kleene(left: Truth, right: Truth, both: Truth, either: Truth) -> None:
    assert weigh({"all": [OF[left], OF[right]]}) is both
    assert weigh({"any": [OF[left], OF[right]]}) is either


@pytest.mark.parametrize(("inner", "outer"), [(T, F), (F, T), (U, U)])
def test_not_turns_true_and_false_and_leaves_unknown(inner: Truth, outer: Truth) -> None:
    assert weigh({"not": OF[inner]}) is outer


@given(st.lists(st.sampled_from([T, F, U]), max_size=6))
def test_de_morgan_holds_with_unknowns(values: list[bool | None]) -> None:
    parts = [OF[value] for value in values]
    assert weigh({"not": {"all": parts}}) is weigh({"any": [{"not": part} for part in parts]})


@pytest.mark.req("C3")
def test_number_of_conditions_is_not_limited() -> None:
    doc = {"all": [{"field": f"item.f{number}", "equals": number} for number in range(2000)]}
    fields = {f"f{number}": number for number in range(2000)}
    assert weigh(doc, seen(**fields)) is True
    assert weigh(doc, seen(**{**fields, "f1999": 0})) is False


COMPARED = [
    ("amount", "900.00 EUR", "equals", "900 EUR", T),
    ("amount", "900 EUR", "differs", "900.01 EUR", T),
    ("amount", "900 EUR", "greater", "1000 EUR", F),
    ("amount", "1000.01 EUR", "greater", "1000 EUR", T),
    ("amount", "900 EUR", "greater", 800, T),
    ("amount", "900 EUR", "between", ["900 EUR", "1000 EUR"], T),
    ("amount", "900 EUR", "greater", "800 USD", U),
    ("amount", "900 EUR", "equals", "900 USD", U),
    ("amount", "900 EUR", "differs", "900 USD", U),
    ("amount", "broken", "greater", "1 EUR", U),
    ("pieces", 3, "greater", 2.5, T),
    ("pieces", 3, "smaller", 3, F),
    ("pieces", 3, "in", [1, 2, 3], T),
    ("pieces", 3, "in", [], F),
    ("weight", "0.3", "equals", 0.3, T),
    ("payment_due", "2026-12-01", "before", "2026-12-02", T),
    ("payment_due", "2026-12-01", "after", "2026-12-01T00:00", F),
    ("payment_due", "2026-12-01T09:00", "after", "2026-12-01", T),
    ("payment_due", "2026-12-01", "greater", "2026-11-30", T),
    ("payment_due", "2026-12-01", "between", ["2026-11-30", "2026-12-02"], T),
    ("urgent", True, "equals", True, T),
    ("urgent", False, "differs", True, T),
    ("urgent", "true", "equals", True, T),
    ("urgent", "perhaps", "equals", True, U),
    ("colour", "Dark Red", "contains", "red", T),
    ("colour", ["red", "blue"], "contains", "blue", T),
    ("colour", ["red", "blue"], "in", ["green", "blue"], T),
    ("colour", "red", "in", ["green", "blue"], F),
    ("code", "00123", "equals", "123", F),
    ("colour", "red", "empty", False, T),
]


@pytest.mark.req("C2")
@pytest.mark.parametrize(("name", "value", "comparison", "wanted", "result"), COMPARED)
def test_comparisons(name: str, value: Any, comparison: str, wanted: Any, result: Truth) -> None:
    assert weigh({"field": f"item.{name}", comparison: wanted}, seen(**{name: value})) is result


EMPTY_TAKES = {
    "equals": "x", "in": ["x"], "contains": "x", "greater": 1, "smaller": 1, "between": [1, 2],
    "before": "2026-12-01", "after": "2026-12-01",
}  # fmt: skip


@pytest.mark.parametrize("nothing", [None, "", []])
@pytest.mark.parametrize("comparison", EMPTY_TAKES)
def test_empty_field_makes_a_comparison_false(comparison: str, nothing: Any) -> None:
    assert weigh({"field": "item.any", comparison: EMPTY_TAKES[comparison]}, seen(any=nothing)) is False


def test_empty_field_is_empty_and_differs() -> None:
    assert weigh({"field": "item.any", "empty": True}) is True
    assert weigh({"field": "item.any", "empty": False}) is False
    assert weigh({"field": "item.any", "differs": "x"}) is True


def test_value_compares_with_another_value() -> None:
    doc = {"field": "item.amount", "greater": {"field": "item.limit"}}
    assert weigh(doc, seen(limit="800 EUR")) is True
    assert weigh(doc, seen(limit="950 EUR")) is False
    assert weigh(doc) is False
    assert read_condition(doc).weigh(seen(limit="950 EUR")).seen == {"item.amount": "900 EUR", "item.limit": "950 EUR"}


def test_links_results_and_signal_can_be_compared() -> None:
    item = deal(to=(contact(), invoice()))
    signal = SignalSeen(id=item.id, kind="form.submitted", happened_at=item.created_at, payload={"form": "callback"})
    known = facts(item, contact(), invoice(), results={"contract": {"number": "7"}}, signal=signal)
    for doc in (
        {"field": "contact.email", "contains": "@EXAMPLE"},
        {"field": "results.contract.number", "equals": "7"},
        {"field": "signal.form", "equals": "callback"},
        {"field": "responsible.name", "equals": "Ann"},
        {"field": "item.stage", "in": ["new"]},
        {"field": "contact.name", "equals": "Maria"},
    ):
        assert weigh(doc, known) is True


def test_changed_compares_with_the_item_before() -> None:
    changed, same = {"field": "item.amount", "changed": True}, {"field": "item.amount", "changed": False}
    before = deal(amount="800 EUR")
    known = facts(deal(amount="900 EUR"), before=before)
    assert (weigh(changed, known), weigh(same, known)) == (True, False)
    assert weigh(changed, facts(before, before=before)) is False
    assert weigh(changed) is None


WORDS = [
    ({"field": "item.amount", "greater": "1000 EUR"}, "item.amount is 900 EUR, must be greater than 1000 EUR"),
    ({"field": "item.amount", "between": [1, 2]}, "item.amount is 900 EUR, must be between 1 and 2"),
    ({"field": "item.nothing", "equals": "x"}, "item.nothing is empty, must be x"),
    ({"field": "contact.email", "empty": True}, "contact.email is maria@example.org, must be empty"),
    ({"field": "item.pieces", "in": [1, 2]}, "item.pieces is 3, must be one of 1, 2"),
    (
        {"field": "item.amount", "greater": "1000 USD"},
        "item.amount is 900 EUR, must be greater than 1000 USD (no rate between USD and EUR)",
    ),
    (
        {"all": [OF[T], {"field": "item.pieces", "greater": 5}, {"field": "item.pieces", "smaller": 2}]},
        "item.pieces is 3, must be greater than 5; item.pieces is 3, must be smaller than 2",
    ),
    (
        {"any": [OF[F], {"field": "item.x", "empty": False}]},
        "none of these holds: item.pieces is 3, must be 4; item.x is empty, must be filled",
    ),
    ({"not": OF[T]}, "item.pieces is 3, and it must not be that it must be 3"),
    ({"field": "item.amount", "changed": True}, "item.amount is 900 EUR, must have changed"),
]


@pytest.mark.parametrize(("doc", "words"), WORDS)
def test_reasons_are_words_for_users(doc: dict[str, Any], words: str) -> None:
    assert words in read_condition(doc).explain(seen())


def test_all_values_are_seen_though_the_first_decides() -> None:
    doc = {"any": [OF[T], OF[F], {"field": "contact.email", "empty": True}, {"field": "item.gone", "equals": 1}]}
    assert read_condition(doc).weigh(seen()).seen == {
        "item.pieces": 3,
        "contact.email": "maria@example.org",
        "item.gone": None,
    }


@pytest.mark.parametrize(
    ("doc", "path"),
    [
        ({"field": "item.amount"}, "when"),
        ({"field": "item.amount", "bigger": 1}, "when"),
        ({"field": "item.amount", "greater": 1, "smaller": 2}, "when"),
        ({"all": [OF[T], {"field": "amount", "equals": 1}]}, "when.all.1.equals"),
        ({"all": {"field": "item.amount", "equals": 1}}, "when.all"),
        ({"any": [{"not": {"field": "item.x", "in": "red"}}]}, "when.any.0.not.in"),
        ({"field": "item.amount", "greater": "much"}, "when.greater"),
        ({"field": "item.amount", "between": [1]}, "when.between"),
        ({"field": "item.due", "before": "tomorrow"}, "when.before"),
        ({"field": "item.due", "empty": "no"}, "when.empty"),
        ({"field": "contact.email", "changed": True}, "when.changed"),
        ({"field": "item.x", "equals": {"value": 1}}, "when.equals"),
        ({"field": 7, "equals": 1}, "when.field"),
        ({"xor": []}, "when"),
        ({}, "when"),
        ("item.amount > 3", "when"),
    ],
)
def test_mistakes_name_their_place(doc: Any, path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_condition(doc)
    assert caught.value.path == path


def test_trees_without_end_are_refused() -> None:
    doc: dict[str, Any] = OF[T]
    for _ in range(30):
        doc = {"not": doc}
    with pytest.raises(DocumentError, match="nested more than"):
        read_condition(doc)
