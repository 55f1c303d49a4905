"""Variables of an activation, from the rules that set them to those that read them."""

from datetime import timedelta
from typing import Any

from automation.desk.testing import Table
from automation.testing import NOW, deal, entry, rule, shop
from contracts.commands import ChangeItem
from contracts.executions import ExecutionRow
from contracts.items import Item

Json = dict[str, Any]
ADD: Json = {"calculate": {"formula": "default(var.n, 0) + 1", "variable": "n"}}
WRITE: Json = {"change-item": {"fields": {"pieces": "{{ var.n }}"}}}
SOON: Json = {"after": "1 hour"}


def again(item: Item) -> Item:
    """Give an item after it left its stage and came back."""
    return item.model_copy(update={"activation": item.activation + 1, "version": item.version + 1})


def test_immediate_rules_see_what_those_before_them_set_in_the_same_entry() -> None:
    table = Table()
    table.knowledge = shop(
        rule("set", {"set-variable": {"name": "n", "value": "4"}}), rule("add", ADD), rule("w", WRITE)
    )
    table.take(entry(deal()))
    assert table.states() == {"set": "succeeded", "add": "succeeded", "w": "dispatched"}
    [command] = table.heard(ChangeItem)
    assert command.fields == {"pieces": "5"}
    assert table.row("w").seen["var.n"] == "5"


def test_what_is_worked_out_ends_at_once_and_lets_the_rule_after_it_run() -> None:
    table = Table()
    table.knowledge = shop(rule("add", ADD, timing=SOON), rule("then", ADD, timing={"after_previous": "0 minutes"}))
    table.take(entry(deal()))
    table.now = NOW + timedelta(hours=1)
    table.fire()
    assert [table.row(key).results["value"] for key in ("add", "then")] == ["1", "2"]
    assert table.row("then").finished_at == table.now


def test_settings_at_one_moment_are_all_counted_whatever_their_order() -> None:
    table = Table()
    rules = [rule(f"add-{n}", ADD, timing=SOON) for n in range(5)]
    table.knowledge = shop(*rules, rule("w", WRITE, timing={"after": "2 hours"}))
    table.take(entry(deal()))
    table.now = NOW + timedelta(hours=1)
    due: list[ExecutionRow] = [table.row(f"add-{n}") for n in (3, 0, 4)]
    table.fire(*due)
    table.fire(*(table.row(f"add-{n}") for n in (1, 2)))
    table.now = NOW + timedelta(hours=2)
    table.fire(table.row("w"))
    assert [command.fields for command in table.heard(ChangeItem)] == [{"pieces": "5"}]


def test_variables_belong_to_their_activation() -> None:
    table = Table()
    table.knowledge = shop(rule("add", ADD), rule("w", WRITE))
    item = deal()
    table.take(entry(item))
    table.take(entry(again(item)))
    assert [table.row("add", activation).results["value"] for activation in (1, 2)] == ["1", "1"]


def test_a_failed_calculation_blocks_what_waits_for_it() -> None:
    table = Table()
    table.knowledge = shop(
        rule("sum", {"calculate": {"formula": "item.amount + 1"}}),
        rule("then", WRITE, timing={"after_previous": "0 minutes"}),
    )
    table.take(entry(deal(amount="5 EUR")))
    assert table.states() == {"sum": "failed", "then": "blocked"}
    assert "write money" in table.row("sum").reason
