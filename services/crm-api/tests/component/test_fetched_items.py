"""Items that rules fetch: those that fulfil the conditions and that the owner may read, as small records."""

from typing import Any

import pytest
from contracts.commands import FetchItems
from crm_api.testing.company import furnished
from crm_api.testing.rules import Rules


async def deals(rules: Rules) -> list[dict[str, Any]]:
    """Make three deals, the last in another stage."""
    made = [
        await rules.crm.deal(title=title, responsible="ann", fields={"amount": amount, "size": size})
        for title, amount, size in (("Oak", "900 EUR", "S"), ("Pine", "100 EUR", "M"), ("Elm", "500 EUR", "S"))
    ]
    await rules.crm.made(f"/v1/items/{made[-1]['id']}/move", stage="documents")
    return made


def fetch(rules: Rules, item: dict[str, Any], **more: Any) -> FetchItems:
    return FetchItems(**{**rules.common(item, expects=None), "type": "deal", **more})


async def titles(rules: Rules, item: dict[str, Any], **more: Any) -> list[str]:
    answer = await rules.done(fetch(rules, item, **more))
    assert answer.outcome == "done", answer.reason
    return [one["title"] for one in answer.results["items"]]


async def test_items_are_found_by_place_and_conditions_in_an_order_so_many(rules: Rules) -> None:
    oak, *_ = await deals(rules)
    assert await titles(rules, oak) == ["Elm", "Pine", "Oak"]
    assert await titles(rules, oak, order="-amount", limit=2) == ["Oak", "Elm"]
    assert await titles(rules, oak, pipeline="deal/retail", stage="new", order="title") == ["Oak", "Pine"]
    where = ({"field": "size", "equals": "S"}, {"field": "amount", "smaller": "600 EUR"})
    assert await titles(rules, oak, where=where) == ["Elm"]
    assert await titles(rules, oak, where=({"field": "title", "in": ["Oak", "Elm"]},), order="amount") == ["Elm", "Oak"]


async def test_an_item_is_a_plain_record_of_what_was_asked_for(rules: Rules) -> None:
    _, pine, _ = await deals(rules)
    bring = ("amount", "stage", "notes", "created_at")
    answer = await rules.done(fetch(rules, pine, where=({"field": "title", "equals": "Pine"},), bring=bring))
    first = answer.results["first"]
    assert first.pop("created_at").startswith(pine["created_at"][:19])
    assert first == {"id": pine["id"], "title": "Pine", "amount": "100 EUR", "stage": "new"}
    assert (answer.results["count"], len(answer.results["items"])) == (1, 1)
    nothing = await rules.done(fetch(rules, pine, where=({"field": "title", "equals": "Ash"},)))
    assert (nothing.outcome, nothing.results) == ("done", {"items": [], "count": 0})


@pytest.mark.req("M7")
async def test_a_rule_finds_what_its_owner_may_read_and_nothing_else(rules: Rules) -> None:
    oak, *_ = await deals(rules)
    async with furnished(rules.crm):
        answer = await rules.crm.ann.patch(f"/v1/items/{oak['id']}", json={"fields": {"responsible": "sam"}})
        assert answer.status_code == 200, answer.text
        assert await titles(rules, oak, owner="user:sam") == ["Oak"]
        refused = await rules.done(fetch(rules, oak, owner="user:nils"))
        assert (refused.outcome, "may not" in refused.reason) == ("failed", True)


async def test_what_cannot_be_asked_fails_in_words(rules: Rules) -> None:
    deal = await rules.crm.deal()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"type": "dragon"}, "dragon"),
        ({"where": ({"field": "size", "greater": "S"},)}, "cannot be compared so"),
        ({"where": ({"field": "amount", "greater": "much"},)}, "all.0.greater"),
        ({"where": ({"equals": 1},)}, "where.0.field"),
        ({"order": "stage"}, "cannot be sorted by stage"),
        ({"bring": ("age",)}, "has no field 'age'"),
    ]
    for more, words in wrong:
        answer = await rules.done(fetch(rules, deal, **more))
        assert answer.outcome == "failed", more
        assert words in answer.reason


async def test_results_that_would_be_too_large_to_travel_fail_in_words(rules: Rules) -> None:
    made = [await rules.crm.deal(fields={"notes": "x" * 9_000}) for _ in range(3)]
    answer = await rules.done(fetch(rules, made[0], bring=("notes",)))
    assert answer.outcome == "failed"
    assert "a rule can bring 20000; bring fewer fields, or fewer items" in answer.reason
