"""Signals that found nobody wait for a person, and are decided once."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from contracts import topics
from contracts.commands import ApplySignal, Nobody
from contracts.signals import Signal
from crm_api.testing.shop import ASKS, OPENED, Shop, form, signal

HOLD = Nobody(do="hold")
CREATION = {
    "type": "deal",
    "pipeline": "deal/retail",
    "stage": "new",
    "title": "{{ signal.wish }}",
    "contact": {"name": "name", "phone": "phone"},
}


async def held(shop: Shop) -> Signal:
    """Let a form of somebody unknown be held."""
    waits = form()
    await shop.apply(waits, ASKS, nobody=HOLD)
    [found] = (await shop.crm.ann.get("/v1/signals/held")).json()["signals"]
    assert found["id"] == str(waits.id)
    return waits


async def decide(shop: Shop, what: Any, **body: Any) -> Any:
    return await shop.crm.ann.post(f"/v1/signals/{what.id}/apply", json=body)


async def test_a_person_makes_something_of_a_signal_and_its_contact_is_found_again(shop: Shop) -> None:
    waits = await held(shop)
    answer = await decide(shop, waits, create=CREATION)
    assert (answer.status_code, answer.json()["decision"]) == (200, "created")
    [deal] = await shop.items()
    assert answer.json()["items"] == [deal["id"]]
    assert deal["title"] == "An oak table"
    assert (await shop.crm.ann.get("/v1/signals/held")).json()["signals"] == []
    again = form(wish="And chairs")
    await shop.apply(again, OPENED)
    assert len(await shop.lines(deal["id"], "signal")) == 2


async def test_a_person_says_which_item_a_signal_is_about_and_its_triggers_move_it(shop: Shop) -> None:
    deal = await shop.crm.deal(title="Oak")
    opened = signal("document.opened")
    await shop.apply(opened, OPENED, nobody=HOLD)
    answer = await decide(shop, opened, item=deal["id"])
    assert answer.json() == {"signal": str(opened.id), "decision": "applied", "items": [deal["id"]]}
    assert (await shop.item(deal["id"]))["stage"] == "documents"
    [line] = await shop.lines(deal["id"], "signal")
    assert line["actor"] == "user:ann"
    entries = await shop.crm.fetch(
        "SELECT body FROM journal WHERE kind = $1 AND key = $2 ORDER BY at", ApplySignal.TYPE, str(opened.id)
    )
    assert [one["body"]["data"]["decided"]["decision"] for one in entries] == ["held", "applied"]


async def test_of_many_who_decide_at_once_one_is_heard(shop: Shop) -> None:
    waits = await held(shop)
    answers = await asyncio.gather(*(decide(shop, waits, create=CREATION) for _ in range(5)))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409, 409]
    assert len(await shop.items()) == 1
    refused = next(one for one in answers if one.status_code == 409)
    assert refused.json()["detail"] == "it was decided already: created"
    await shop.send(shop.message(shop.command(waits, ASKS, nobody=HOLD)))
    last = form("+351912345679")
    await shop.apply(last)
    assert len(await shop.items()) == 1


async def test_what_is_ignored_is_gone_from_the_list_and_moves_nothing(shop: Shop) -> None:
    waits = await held(shop)
    assert (await decide(shop, waits, ignore=True)).json()["decision"] == "ignored"
    assert await shop.items() == []
    assert (await shop.crm.ann.get("/v1/signals/held")).json()["signals"] == []


@pytest.mark.usefixtures("shop")
async def test_a_choice_that_cannot_be_is_refused_and_the_signal_still_waits(shop: Shop) -> None:
    waits = await held(shop)
    contact = await shop.crm.made("/v1/items", type="contact", title="Ana")
    assert (await decide(shop, waits, item=contact["id"])).status_code == 422
    assert (await decide(shop, waits, item=str(uuid4()))).status_code == 404
    assert (await decide(shop, waits, create={**CREATION, "stage": "nowhere"})).status_code == 422
    assert (await decide(shop, waits)).status_code == 422
    assert (await decide(shop, signal("unknown"), ignore=True)).status_code == 404
    assert len((await shop.crm.ann.get("/v1/signals/held")).json()["signals"]) == 1
    assert await shop.crm.deployment.data(topics.ITEMS, Signal) == []
