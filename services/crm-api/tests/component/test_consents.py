"""Consents: said by people, by forms and by links that unsubscribe; kept as said, travelling with the contact."""

from typing import Any
from uuid import UUID

import pytest
from contracts.items import ItemChanged
from contracts.signals import Identity
from crm_api.testing.shop import ASKS, FORM, Shop, form, linked_deal, signal

NEWS = {"channel": "email", "state": "given", "text": "news", "version": "2026-11"}
SITE = {"kind": "form", "token": "the-token-of-the-form", "settings": {"fields": [{"key": "phone", "label": "Phone"}]}}


async def consents(shop: Shop, contact: str) -> dict[str, Any]:
    found: dict[str, Any] = (await shop.crm.ann.get(f"/v1/contacts/{contact}/consents")).json()
    return found


async def say(shop: Shop, contact: str, channel: str, **said: Any) -> Any:
    return await shop.crm.ann.put(f"/v1/contacts/{contact}/consents/{channel}", json=said)


@pytest.fixture
async def site(shop: Shop) -> Shop:
    record = (await shop.crm.ann.put("/v1/config/source/site", json=SITE)).json()
    shop.revision = record["revision"]
    return shop


async def test_what_people_write_down_holds_and_its_history_stays(shop: Shop) -> None:
    contact, _ = await linked_deal(shop, "+351911111113")
    assert (await consents(shop, contact["id"]))["channels"] == dict.fromkeys(
        ("phone", "email", "chat", "advertising"), "unknown"
    )
    await say(shop, contact["id"], "email", state="given", text="on the phone")
    await say(shop, contact["id"], "email", state="refused")
    told = await consents(shop, contact["id"])
    assert told["channels"]["email"] == "refused"
    assert [(one["state"], one["source"], one["said_by"]) for one in told["history"]] == [
        ("refused", "person", "user:ann"),
        ("given", "person", "user:ann"),
    ]
    assert (await shop.item(contact["id"]))["fields"]["consents"] == {"email": "refused"}
    await say(shop, contact["id"], "email", state="unknown")
    assert "consents" not in (await shop.item(contact["id"]))["fields"]


async def test_what_was_said_is_read_in_parts_to_its_end(shop: Shop) -> None:
    contact, _ = await linked_deal(shop, "+351911111113")
    for n in range(4):
        told = await say(shop, contact["id"], "email", state="given", text=f"word {n}")
        assert told.json()["next"] is None
    path, words = f"/v1/contacts/{contact['id']}/consents", ["word 3", "word 2", "word 1", "word 0"]
    for limit in (1, 2, 3, 4, 5):
        found: list[str] = []
        after: str | None = ""
        while after is not None:
            part = (await shop.crm.ann.get(path, params={"after": after, "limit": limit})).json()
            assert (len(part["history"]) <= limit, part["channels"]["email"]) == (True, "given")
            found += [one["text"] for one in part["history"]]
            after = part["next"]
        assert found == words, limit
    wrong = await shop.crm.ann.get(path, params={"after": "somewhere"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "after")


async def test_a_consent_travels_with_the_contact_in_its_one_event(shop: Shop) -> None:
    contact, _ = await linked_deal(shop, "+351911111113")
    await say(shop, contact["id"], "phone", state="refused")
    [_, event] = [one for one in await shop.events(contact["id"]) if isinstance(one, ItemChanged)]
    assert event.item.fields["consents"] == {"phone": "refused"}
    assert event.changed["consents"].new == {"phone": "refused"}


async def test_the_boxes_of_a_form_are_written_down_for_the_contact_that_it_makes(site: Shop) -> None:
    seen = form(consents=[NEWS, {"channel": "pigeon", "state": "given"}, "nothing"])
    await site.apply(seen, ASKS, nobody=FORM)
    [deal] = await site.items()
    contact = deal["links"][0]["id"]
    told = await consents(site, contact)
    assert told["channels"]["email"] == "given"
    [said] = told["history"]
    assert (said["source"], said["text"], said["version"], said["signal"]) == ("site", "news", "2026-11", str(seen.id))


async def test_a_known_contact_says_it_once_however_often_the_form_comes(site: Shop) -> None:
    contact, _ = await linked_deal(site, "+351912345678")
    seen = form(consents=[NEWS])
    await site.apply(seen, ASKS, nobody=FORM)
    await site.send(site.message(site.command(seen, ASKS, nobody=FORM)))
    await site.apply(form(wish="Chairs"), ASKS, nobody=FORM)
    told = await consents(site, contact["id"])
    assert (told["channels"]["email"], len(told["history"])) == ("given", 1)


async def test_only_forms_of_our_own_may_say_so(shop: Shop) -> None:
    await shop.apply(form(consents=[NEWS]), ASKS, nobody=FORM)
    [deal] = await shop.items()
    assert (await consents(shop, deal["links"][0]["id"]))["history"] == []


async def test_a_link_that_unsubscribes_refuses_for_the_contact_that_it_names(shop: Shop) -> None:
    contact, deal = await linked_deal(shop, "+351911111113")
    await say(shop, contact["id"], "email", state="given")
    payload = {"channel": "email", "contact": contact["id"], "effect": "any"}
    gone = signal("consent.refused", binding=UUID(deal["id"]), payload=payload)
    await shop.apply(gone)
    assert (await consents(shop, contact["id"]))["channels"]["email"] == "refused"
    by_phone = signal(
        "consent.refused", payload={"channel": "phone"}, identities=(Identity(kind="phone", value="+351911111113"),)
    )
    await shop.apply(by_phone)
    assert (await consents(shop, contact["id"]))["channels"]["phone"] == "refused"


async def test_a_refusal_of_either_outweighs_when_two_are_made_one(shop: Shop) -> None:
    this, _ = await linked_deal(shop, "+351911111113")
    other = await shop.crm.made("/v1/items", type="contact", title="Ana", fields={"phone": "+351911111114"})
    await say(shop, this["id"], "email", state="given")
    await say(shop, other["id"], "email", state="refused")
    await say(shop, other["id"], "chat", state="given")
    merged = await shop.crm.ann.post(f"/v1/items/{this['id']}/merge", json={"other": other["id"]})
    assert merged.json()["fields"]["consents"] == {"chat": "given", "email": "refused"}
    assert len((await consents(shop, this["id"]))["history"]) == 3


async def test_who_is_erased_said_nothing(shop: Shop) -> None:
    contact, _ = await linked_deal(shop, "+351911111113")
    await say(shop, contact["id"], "email", state="given")
    assert (await shop.crm.ann.post(f"/v1/items/{contact['id']}/erase")).is_success
    assert await shop.crm.fetch("SELECT id FROM consent") == []


REFUSED = (
    ("email", {"state": "maybe"}, 422),
    ("pigeon", {"state": "given"}, 422),
    ("email", {"state": "given", "text": "x" * 201}, 422),
)


async def test_what_nobody_can_say_is_refused(shop: Shop) -> None:
    contact, deal = await linked_deal(shop, "+351911111113")
    for channel, said, status in REFUSED:
        assert (await say(shop, contact["id"], channel, **said)).status_code == status
    assert (await say(shop, deal["id"], "email", state="given")).status_code == 422
    type_ = (await shop.crm.ann.get("/v1/config/type/contact")).json()["data"]
    type_["fields"].append({"key": "consents", "kind": "string"})
    answer = await shop.crm.ann.put("/v1/config/type/contact", json=type_)
    assert answer.status_code == 422
    patched = await shop.crm.ann.patch(f"/v1/items/{contact['id']}", json={"fields": {"consents": {"email": "given"}}})
    assert patched.status_code == 422


async def test_visits_concern_only_what_is_switched_on_in_the_card(shop: Shop) -> None:
    who = (Identity(kind="phone", value="+351911111113"),)
    contact, deal = await linked_deal(shop, "+351911111113")
    await shop.apply(signal("visit", identities=who))
    assert await shop.lines(deal["id"], "signal") == []
    on = await shop.crm.ann.put(f"/v1/items/{deal['id']}/visits", json={"watched": True})
    assert on.json()["fields"]["watch_visits"] is True
    await shop.apply(signal("visit", identities=who))
    assert len(await shop.lines(deal["id"], "signal")) == 1
    await shop.crm.ann.put(f"/v1/items/{deal['id']}/visits", json={"watched": False})
    await shop.crm.ann.put(f"/v1/items/{contact['id']}/visits", json={"watched": True})
    await shop.apply(signal("visitor.returned", identities=who))
    assert len(await shop.lines(deal["id"], "signal")) == 2


def by_sms(word: str, phone: str) -> Any:
    """Give what the gateway tells of STOP or START from a phone."""
    payload = {"channel": "phone", "text": f"by SMS {word}"} | ({"lifts": "by SMS STOP"} if word == "START" else {})
    kind = "consent.refused" if word == "STOP" else "consent.given"
    known = (Identity(kind="phone", value=phone),)
    return signal(kind, source="texts", identities=known, payload=payload)


async def test_stop_by_sms_refuses_the_phone_and_start_lifts_that_and_no_other_refusal(shop: Shop) -> None:
    phone = "+351911111114"
    contact, _ = await linked_deal(shop, phone)

    async def after(word: str) -> str:
        seen = by_sms(word, phone)
        await shop.apply(seen)
        return str((await consents(shop, contact["id"]))["channels"]["phone"])

    assert await after("START") == "unknown"
    assert await after("STOP") == "refused"
    assert await after("START") == "given"
    assert await after("STOP") == "refused"
    await say(shop, contact["id"], "phone", state="refused", text="in person")
    assert await after("START") == "refused"
    history = (await consents(shop, contact["id"]))["history"]
    said = [(one["state"], one["source"], one["text"]) for one in reversed(history)]
    assert said == [
        ("refused", "texts", "by SMS STOP"),
        ("given", "texts", "by SMS START"),
        ("refused", "texts", "by SMS STOP"),
        ("refused", "person", "in person"),
    ]
