"""What rules make of items and give to people, on the truth: once, undone whole, and within one chain of causes."""

from typing import Any
from uuid import UUID

import pytest
from contracts.commands import AssignItem, ChangeItem, CreateFromItem, MoveItem
from contracts.people import Among
from crm_api.testing.rules import Rules

Json = dict[str, Any]
INVOICE = {"type": "invoice", "pipeline": "invoice/plain"}


async def linked_deal(rules: Rules, **more: Any) -> tuple[Json, Json]:
    """Make a contact and a deal of theirs."""
    contact = await rules.crm.made("/v1/items", type="contact", title="Ana", fields={"phone": "912 345 678"})
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    return contact, await rules.crm.deal(title="Oak", links=[link], responsible="ann", **more)


async def items(rules: Rules, pipeline: str) -> list[Json]:
    """List the items of a pipeline."""
    found: list[Json] = (await rules.crm.ann.get("/v1/items", params={"pipeline": pipeline})).json()["items"]
    return found


async def test_an_invoice_is_made_once_and_the_answer_says_which(rules: Rules) -> None:
    contact, deal = await linked_deal(rules, fields={"amount": "1200.00 EUR"})
    command = CreateFromItem(**rules.common(deal), **INVOICE, title="Bill")
    await rules.send(command, command)
    first, second = await rules.answers(command, 2)
    assert first == second
    [invoice] = await items(rules, "invoice/plain")
    assert (first.outcome, first.results) == ("done", {"id": invoice["id"], "title": "Bill"})
    assert invoice["fields"] == {"amount": "1200.00 EUR"}
    roles = {(link["role"], link["id"]) for link in invoice["links"]}
    assert roles == {("deal", deal["id"]), ("contact", contact["id"])}
    back = {(link["role"], link["id"]) for link in (await rules.item(deal))["links"]}
    assert back == {("contact", contact["id"]), ("invoice", invoice["id"])}
    again = await rules.done(command.model_copy(update={"round": 2}))
    assert (again.results, len(await items(rules, "invoice/plain"))) == (first.results, 1)


async def test_what_a_rule_makes_goes_on_without_a_required_field_and_is_marked_incomplete(rules: Rules) -> None:
    deal = await rules.crm.deal()
    by_person = await rules.crm.ann.post(
        f"/v1/items/{deal['id']}/conversions", json={"to": "invoice", "pipeline": "invoice/plain"}
    )
    assert (by_person.status_code, by_person.json()["errors"][0]["field"]) == (422, "fields.amount")
    assert (await rules.done(CreateFromItem(**rules.common(deal), **INVOICE))).outcome == "done"
    [invoice] = await items(rules, "invoice/plain")
    assert invoice["incomplete"]
    filled = ChangeItem(**rules.common(invoice), fields={"amount": "5"})
    assert (await rules.done(filled)).outcome == "done"
    now = await rules.item(invoice)
    assert (now["fields"], now["incomplete"]) == ({"amount": "5 EUR"}, False)
    assert (await rules.done(ChangeItem(**rules.common(invoice), fields={"amount": ""}))).outcome == "done"
    assert (await rules.item(invoice))["incomplete"]


REFUSED: list[tuple[Json, str]] = [
    ({"type": "ship"}, "there is no type 'ship'"),
    ({"type": "invoice", "pipeline": "invoice/moon"}, "have no pipeline"),
    ({**INVOICE, "stage": "moon"}, "has no stage 'moon'"),
    ({**INVOICE, "fields": {"amount": "much"}}, "'much' is not a money"),
    ({**INVOICE, "mapping": {"amount": "moon"}}, "has no field 'moon'"),
]


@pytest.mark.parametrize(("asked", "words"), REFUSED)
async def test_what_cannot_be_made_fails_in_words_and_leaves_nothing(rules: Rules, asked: Json, words: str) -> None:
    deal = await rules.crm.deal()
    answer = await rules.done(CreateFromItem(**rules.common(deal), **asked))
    assert answer.outcome == "failed"
    assert words in answer.reason
    assert [(await rules.item(deal))["version"], await items(rules, "invoice/plain")] == [1, []]


async def test_a_repeat_and_a_copy_lead_back_to_what_they_came_from(rules: Rules) -> None:
    contact, deal = await linked_deal(rules, fields={"amount": "10 EUR", "notes": "soft wood"})
    place = {"type": "deal", "pipeline": "deal/retail", "stage": "documents"}
    repeat = CreateFromItem(**rules.common(deal), **place, purpose="repeat", mapping={"amount": "amount"})
    copy = CreateFromItem(**rules.common(deal), **place, purpose="copy", fields={"notes": "hard wood"}, title="Ash")
    made = [await rules.item({"id": (await rules.done(one)).results["id"]}) for one in (repeat, copy)]
    assert [(one["title"], one["stage"], one["responsible"]) for one in made] == [
        ("Oak", "documents", "ann"),
        ("Ash", "documents", "ann"),
    ]
    assert [one["fields"] for one in made] == [{"amount": "10 EUR"}, {"amount": "10 EUR", "notes": "hard wood"}]
    roles = [{(link["role"], link["id"]) for link in one["links"]} for one in made]
    assert roles == [{(role, deal["id"]), ("contact", contact["id"])} for role in ("repeat_of", "copy_of")]


async def test_a_chain_of_creations_ends_like_one_of_moves(rules: Rules) -> None:
    deal = await rules.crm.deal()
    answer = await rules.done(CreateFromItem(**rules.common(deal), **INVOICE), hops=100)
    assert (answer.outcome, "too many automated moves" in answer.reason) == ("failed", True)
    assert await items(rules, "invoice/plain") == []


async def test_a_rule_moves_the_item_to_another_pipeline(rules: Rules) -> None:
    await rules.crm.ann.put("/v1/pipelines/deal/vip", json={"stages": [{"key": "open"}]})
    deal = await rules.crm.deal()
    command = MoveItem(**rules.common(deal, expects=None), stage="", pipeline="deal/vip")
    first, again = (
        await rules.done(command),
        await rules.done(command.model_copy(update={"execution": UUID(deal["id"])})),
    )
    assert [(a.outcome, a.reason) for a in (first, again)] == [("done", ""), ("done", "it stands there already")]
    moved = await rules.item(deal)
    assert (moved["pipeline"], moved["stage"], moved["activation"]) == ("deal/vip", "open", 2)


async def test_a_rule_gives_items_to_people_in_turn_and_says_to_whom(rules: Rules) -> None:
    for id_ in ("ada", "bea"):
        await rules.crm.ann.put(f"/v1/config/person/{id_}", json={"name": id_.title(), "role": "seller"})
    deals = [await rules.crm.deal() for _ in range(3)]
    turn = {"to": "round-robin", "among": Among(role="seller")}
    answers = [await rules.done(AssignItem(**rules.common(deal), **turn)) for deal in deals]
    assert [a.results["name"] for a in answers] == ["Ada", "Bea", "Ada"]
    repeated = AssignItem(**rules.common(deals[0]), to="ada")
    assert (await rules.done(repeated)).reason == "Ada is it already"
    gone = await rules.done(AssignItem(**rules.common(deals[0]), to="zoe"))
    assert (gone.outcome, "nobody we know" in gone.reason) == ("failed", True)


async def test_what_is_made_of_a_deal_whose_contact_was_deleted_links_to_what_is_there(rules: Rules) -> None:
    contact, deal = await linked_deal(rules)
    assert (await rules.crm.ann.delete(f"/v1/items/{contact['id']}")).status_code == 204
    again = {"type": "deal", "pipeline": "deal/retail", "purpose": "repeat"}
    for asked in (INVOICE, again):
        answer = await rules.done(CreateFromItem(**rules.common(deal), **asked))
        assert answer.outcome == "done", answer.reason
        made = await rules.item({"id": answer.results["id"]})
        assert [(link["type"], link["id"]) for link in made["links"]] == [("deal", deal["id"])]
