"""Variables of an activation: set by rules, read by the rules after them."""

from typing import Any

import pytest
from automation import variables
from automation.dispatching import Closed, decide
from automation.planning import plan_entry
from automation.testing import CAUSE, NOW, deal, entry, facts, rule, shop
from contracts.executions import ExecutionRow


def decided(do: dict[str, Any], *before: ExecutionRow, **parts: Any) -> ExecutionRow:
    """Decide a rule that does this, after these."""
    of = rule("it", do, **parts)
    knowledge = shop(of)
    (row,) = plan_entry(entry(deal()), knowledge, CAUSE, NOW)
    settings = variables.settings(before)
    known: dict[str, Any] = {"variables": variables.values(settings), "settings": len(settings)}
    seen = facts(
        deal(amount="1200 EUR", pieces=3), results={r.rule_key: r.results for r in before}, knowledge=knowledge, **known
    )
    decision = decide(row, of, seen, knowledge, NOW)
    assert isinstance(decision, Closed)
    return decision.row


@pytest.mark.req("C8", "D18")
def test_a_variable_is_set_edited_and_read_by_the_rules_after_it() -> None:
    first = decided({"set-variable": {"name": "share", "value": "0.1"}})
    assert (first.state, first.results["value"], first.finished_at) == ("succeeded", "0.1", NOW)
    second = decided({"calculate": {"formula": "item.amount * var.share", "variable": "bonus"}}, first)
    assert second.results["value"] == "120.0 EUR"
    third = decided({"set-variable": {"name": "share", "value": "{{ var.share }}5"}}, second, first)
    after = variables.values(variables.settings([third, first, second]))
    assert after == {"share": "0.15", "bonus": "120.0 EUR"}
    when = {"all": [{"field": "var.share", "greater": 0.12}, {"field": "var.bonus", "smaller": "200 EUR"}]}
    assert decided({"calculate": {"formula": "1"}}, first, second, third, when=when).state == "succeeded"
    assert decided({"calculate": {"formula": "1"}}, first, second, when=when).state == "skipped"


def test_the_order_of_settings_is_that_in_which_they_happened_whatever_the_clocks_say() -> None:
    first = decided({"set-variable": {"name": "x", "value": 1}})
    later = decided({"calculate": {"formula": "var.x + 1", "variable": "x"}}, first)
    behind = later.model_copy(update={"finished_at": NOW.replace(year=2020)})
    assert variables.values(variables.settings([behind, first])) == {"x": "2"}


def test_a_calculation_without_a_name_leaves_only_its_result() -> None:
    row = decided({"calculate": {"formula": "item.pieces ** 2"}})
    assert row.results == {"value": "9"}
    assert variables.settings([row]) == []


def test_what_cannot_be_worked_out_fails_in_words_and_sets_nothing() -> None:
    row = decided({"calculate": {"formula": "item.payment_due + '1 day'", "variable": "x"}})
    assert (row.state, row.results) == ("failed", {})
    assert "item.payment_due is empty" in row.reason
    assert row.seen["item.payment_due"] is None


@pytest.mark.parametrize(("value", "kept"), [(True, "true"), (3, "3"), (0.5, "0.5"), ("a b", "a b")])
def test_a_value_is_kept_as_it_is_written(value: Any, kept: str) -> None:
    assert decided({"set-variable": {"name": "x", "value": value}}).results["value"] == kept
