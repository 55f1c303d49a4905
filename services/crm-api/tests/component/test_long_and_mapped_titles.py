"""Titles from payloads and from fields: too long ones lose nothing else, and a mapping names them everywhere."""

from typing import Any

from contracts.commands import CreateFromItem, Creation, Nobody
from crm_api.fields import LONGEST_STRING
from crm_api.testing.rules import Rules
from crm_api.testing.shop import ASKS, Shop, form

LONG = "x" * (LONGEST_STRING + 100)
SUBJECT = Nobody(
    do="create",
    create=Creation(
        type="deal",
        pipeline="deal/retail",
        stage="new",
        fields={"title": "subject", "notes": "wish"},
        contact={"name": "name", "phone": "phone"},
    ),
)


async def test_a_form_whose_names_are_too_long_makes_its_deal_and_its_contact(shop: Shop) -> None:
    await shop.apply(form(name=LONG, subject=LONG), ASKS, nobody=SUBJECT)
    [deal] = await shop.items()
    assert (deal["title"], deal["fields"]) == ("x" * LONGEST_STRING, {"notes": "An oak table"})
    contact: dict[str, Any] = await shop.item(deal["links"][0]["id"])
    assert (contact["title"], contact["fields"]) == ("x" * LONGEST_STRING, {"phone": "+351912345678"})
    [unread] = await shop.lines(contact["id"], "unread")
    assert "fields.name was left empty" in unread["words"]
    assert await shop.dead() == []


async def test_a_sale_once_more_is_called_as_its_mapping_says(rules: Rules) -> None:
    deal = await rules.crm.deal(title="Oak", fields={"notes": "Ash"})
    place = {"type": "deal", "pipeline": "deal/retail", "purpose": "repeat"}
    for mapping, title, called in (
        ({"title": "notes"}, None, "Ash"),
        ({"title": "notes"}, "Elm", "Elm"),
        ({}, None, "Oak"),
    ):
        answer = await rules.done(CreateFromItem(**rules.common(deal), **place, mapping=mapping, title=title))
        assert (answer.outcome, answer.results.get("title")) == ("done", called)
