"""Forms of our own, visits and consents, from a browser's request to the stage, the contact and the SMS."""

import re
import secrets
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.integration.world import World

Json = dict[str, Any]
SITE = "https://shop.example"
TOKEN = "the-token-of-our-own-forms"
FIELDS = [
    {"key": "name", "label": "Name", "required": True},
    {"key": "phone", "label": "Phone", "kind": "phone", "required": True},
    {"key": "wish", "label": "Your wish", "kind": "textarea"},
    {"key": "plan", "label": "Plan", "kind": "file"},
]
CONSENTS = [
    {"key": "terms", "text": "I agree to the terms", "required": True},
    {"key": "news", "text": "Write to me", "channels": ["phone", "advertising"], "version": "2026-11"},
]
SAYS = {"send-sms": {"to": "contact", "text": "We have your request, {{ contact.name }}."}}
OFFERS = {"send-sms": {"to": "contact", "text": "Chairs are cheaper this week.", "advertising": True}}
STAGES: list[Json] = [
    {"key": "new", "rules": [{"key": "offers", "do": OFFERS}]},
    {"key": "any-form", "triggers": [{"key": "any", "on": "form.submitted"}]},
    {"key": "one-form", "triggers": [{"key": "one", "on": "form.submitted", "filter": {"form": "offer"}}]},
    {"key": "call", "triggers": [{"key": "call", "on": "callback.requested"}], "rules": [{"key": "says", "do": SAYS}]},
    {"key": "here", "triggers": [{"key": "visit", "on": "visit"}]},
    {"key": "back", "triggers": [{"key": "back", "on": "visitor.returned"}]},
]


def phone() -> str:
    return f"+35192{secrets.randbelow(10**7):07d}"


def form(**settings: Any) -> Json:
    create: Json = {"type": "deal", "pipeline": "deal/forms", "stage": "new", "title": "{{ signal.wish }}"}
    create |= {"fields": {"wish": "wish"}, "contact": {"name": "name"}}
    settings = {"title": "Ask us", "fields": FIELDS, "consents": CONSENTS, "sites": [SITE], **settings}
    return {"kind": "form", "token": TOKEN, "settings": settings, "nobody": {"do": "create", "create": create}}


class Browser:
    """A client's browser at the gateway."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.gateway = world.installation.gateway
        self.visitor = str(uuid4())

    async def fill_in(self, source: str, number: str, **values: Any) -> str:
        """Open a form's page and send it, with the hidden fields that it has."""
        files = values.pop("files", None)
        path = f"/f/{source}/{TOKEN}"
        page = await self.gateway.http.get(path, params={"visitor": self.visitor})
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
        sent = {**hidden, "name": "Rita Silva", "phone": number, "consent.terms": "yes", **values}
        answer = await self.gateway.http.post(path, data=sent, files=files)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def open_a_page(self) -> None:
        told = {"visitor": self.visitor, "page": f"{SITE}/tables"}
        answer = await self.gateway.http.post(f"/v/site-visits/{TOKEN}", json=told, headers={"Origin": SITE})
        assert answer.status_code == 204


@pytest.fixture(scope="module")
async def forms(world: World) -> World:
    crm = world.installation.crm
    await crm.publish("deal/forms", {"stages": STAGES})
    await crm.configure("source", "question", form())
    await crm.configure("source", "offer", form())
    await crm.configure("source", "call-me", form(callback=True))
    visits = {"sites": [SITE], "session": 1, "away": 60}
    await crm.configure("source", "site-visits", {"kind": "visits", "token": TOKEN, "settings": visits})

    async def known() -> bool:
        gateway = world.installation.gateway.http
        visit = await gateway.post(f"/v/site-visits/{TOKEN}", json={"visitor": "", "page": ""})
        return visit.status_code == 204

    await world.until(known)
    return world


async def deals_of(world: World, number: str) -> list[Json]:
    items = await world.installation.crm.items(pipeline="deal/forms", limit=1000)
    contacts = [
        item for item in await world.installation.crm.items(type="contact", limit=1000) if number in str(item["fields"])
    ]
    ids = {contact["id"] for contact in contacts}
    return [item for item in items if ids & {link["id"] for link in item["links"]}]


async def stage_of(world: World, deal: Json, stage: str) -> None:
    async def look() -> bool:
        return bool((await world.installation.crm.item(deal["id"]))["stage"] == stage)

    await world.until(look, otherwise=lambda: world.installation.crm.timeline(deal["id"]))


async def new_deal(world: World, number: str) -> Json:
    [deal] = await world.until(lambda: deals_of(world, number))
    return deal


@pytest.mark.req("A20")
async def test_a_form_makes_the_contact_and_the_item_and_finds_the_contact_again(forms: World) -> None:
    number, browser = phone(), Browser(forms)
    assert "Thank you" in await browser.fill_in("question", number, wish="An oak table")
    deal = await new_deal(forms, number)
    assert (deal["stage"], deal["title"], deal["fields"]["wish"]) == ("new", "An oak table", "An oak table")
    number = phone()
    known = await forms.installation.crm.create("contact", title="Rita Silva", fields={"phone": number})
    await browser.fill_in("question", number, wish="Two chairs")
    made = await new_deal(forms, number)
    assert [link["id"] for link in made["links"] if link["role"] == "contact"] == [known["id"]]


@pytest.mark.req("I3", "I4", "C9")
async def test_each_trigger_hears_the_forms_that_it_asks_for(forms: World) -> None:
    for source, stage in (("question", "any-form"), ("offer", "any-form"), ("call-me", "any-form")):
        number, browser = phone(), Browser(forms)
        await browser.fill_in("question", number, wish="An oak table")
        deal = await new_deal(forms, number)
        await browser.fill_in(source, number)
        await stage_of(forms, deal, stage)
        await browser.fill_in(source, number)
        if source == "offer":
            await stage_of(forms, deal, "one-form")
        if source == "call-me":
            await stage_of(forms, deal, "call")


async def test_files_of_a_form_reach_the_crm(forms: World) -> None:
    number, browser = phone(), Browser(forms)
    content = b"%PDF-1.7 " + secrets.token_bytes(20_000)
    await browser.fill_in("question", number, wish="A shelf", files={"plan": ("p.pdf", content, "application/pdf")})
    await new_deal(forms, number)
    hash_ = await forms.installation.crm.keep_file(content, "application/pdf")
    kept = await forms.installation.crm.http.get(f"/v1/files/{hash_}")
    assert kept.content == content


@pytest.mark.req("E7")
async def test_consent_of_a_form_decides_what_is_sent_and_a_refusal_ends_it(forms: World) -> None:
    crm, numbers = forms.installation.crm, (phone(), phone())
    agreed, silent = Browser(forms), Browser(forms)
    await agreed.fill_in("question", numbers[0], wish="A table", **{"consent.news": "yes"})
    await silent.fill_in("question", numbers[1], wish="A table")
    one, other = [await new_deal(forms, number) for number in numbers]
    await forms.rule_is(one["id"], "offers", "succeeded")
    skipped = await forms.rule_is(other["id"], "offers", "skipped")
    assert "did not agree to advertising" in skipped["reason"]
    assert await forms.sms_to(numbers[1]) == []
    contact = one["links"][0]["id"]
    told = await crm.ask("GET", f"/v1/contacts/{contact}/consents")
    assert told["channels"] | {"chat": "", "email": ""} == {
        "phone": "given", "advertising": "given", "chat": "", "email": "",
    }  # fmt: skip
    await crm.ask("PUT", f"/v1/contacts/{contact}/consents/phone", json={"state": "refused"})
    await crm.move(one["id"], "call")
    refused = await forms.rule_is(one["id"], "says", "skipped")
    assert "refused phone" in refused["reason"]
    await crm.move(other["id"], "call")
    await forms.rule_is(other["id"], "says", "succeeded")
    assert len(await forms.sms_to(numbers[0])) == len(await forms.sms_to(numbers[1])) == 1


async def away(world: World, minutes: int) -> None:
    """Let all visitors have been away so long: nobody waits for an hour here."""
    up = world.installation
    gateway = await asyncpg.connect(up.stack.database(up.environment.database("trigger-gateway")))
    try:
        await gateway.execute("UPDATE visitor SET seen_at = seen_at - make_interval(mins => $1)", minutes)
    finally:
        await gateway.close()


@pytest.mark.req("I9", "I10")
async def test_a_known_client_s_visit_and_return_move_the_deal_whose_card_says_so(forms: World) -> None:
    crm, number, browser = forms.installation.crm, phone(), Browser(forms)
    await browser.fill_in("question", number, wish="A table")
    deal = await new_deal(forms, number)
    await away(forms, 10)
    await browser.open_a_page()
    await forms.until(lambda: seen_signals(forms, "visit"))
    assert (await crm.item(deal["id"]))["stage"] == "new"
    await crm.ask("PUT", f"/v1/items/{deal['id']}/visits", json={"watched": True})
    await away(forms, 10)
    await browser.open_a_page()
    await stage_of(forms, deal, "here")
    await away(forms, 90)
    await browser.open_a_page()
    await stage_of(forms, deal, "back")
    signals = await forms.lines(deal["id"], "signal")
    assert [row["details"]["kind"] for row in signals if "visit" in row["details"]["kind"]].count(
        "visitor.returned"
    ) == 1


async def seen_signals(world: World, kind: str) -> bool:
    """Say whether crm-api has decided a signal of this kind."""
    up = world.installation
    crm = await asyncpg.connect(up.stack.database(up.environment.database("crm-api")))
    try:
        return bool(await crm.fetchval("SELECT count(*) FROM signal WHERE kind = $1", kind))
    finally:
        await crm.close()


async def test_a_cap_holds_across_rules_of_one_contact(forms: World) -> None:
    crm = forms.installation.crm
    text = {"send-sms": {"to": "contact", "text": "One more thing."}}
    important = {"send-sms": {"to": "contact", "text": "Your order is here.", "important": True}}
    rules = [{"key": f"sms-{n}", "do": text} for n in range(3)] + [{"key": "order", "do": important}]
    await crm.publish("deal/capped", {"stages": [{"key": "new", "rules": rules}]})
    portal = (await crm.ask("GET", "/v1/config/portal/portal"))["data"]
    await crm.configure("portal", "portal", {**portal, "caps": {"sms": {"at_most": 2, "hours": 24}}})
    try:
        deal = await forms.deal(pipeline="deal/capped")
        await forms.rule_is(deal["id"], "order", "succeeded")
        states = [(await forms.rule_is(deal["id"], f"sms-{n}", "succeeded", "skipped"))["state"] for n in range(3)]
        assert sorted(states) == ["skipped", "succeeded", "succeeded"]
        assert len(await forms.sms_to(deal["phone"])) == 3
    finally:
        await crm.configure("portal", "portal", portal)
