"""Documents over the live system: made by rules and by people, opened by clients, sent to them."""

from base64 import urlsafe_b64decode
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from tests.integration.pipelines import on
from tests.integration.world import World

Json = dict[str, Any]
PAGE = b"<h1>Offer {{ document.number }} for {{ item.title }}</h1><p>{{ item.amount | money }}</p>"
MADE = {"create-document": {"template": "quote", "format": "pdf", "link_days": 7}}
HERE = "results.paper"


def stage(key: str, *rules: Json, on: tuple[Json, ...] = (), kind: str = "open") -> Json:
    return {"key": key, "kind": kind, "rules": list(rules), "triggers": list(on)}


async def publish(world: World, name: str, *stages: Json) -> str:
    crm = world.installation.crm
    for template, page in (("quote", PAGE), ("note", b"<p>{{ item.title }}</p>")):
        await crm.configure("template", template, {"file": await crm.keep_file(page, "text/html")})
    await crm.publish(f"deal/{name}", {"stages": list(stages)})
    return f"deal/{name}"


async def listed(world: World, deal: str) -> list[Json]:
    found: list[Json] = (await world.installation.crm.ask("GET", f"/v1/items/{deal}/documents"))["documents"]
    return found


@pytest.mark.req("D11", "I7", "I8")
async def test_a_rule_makes_a_pdf_whose_making_and_opening_move_the_deal(world: World) -> None:
    pipeline = await publish(
        world,
        "quoted",
        stage("new", {"key": "paper", "do": MADE}),
        stage("other", on=(on("document.created", template="note"), on("document.opened", template="note"))),
        stage("sent", on=(on("document.created", template="quote"),)),
        stage("seen", on=(on("document.opened", template="quote"),)),
    )
    deal = (await world.deal(pipeline=pipeline, amount="900 EUR"))["id"]
    await world.rule_is(deal, "paper", "succeeded")
    await world.stands(deal, "sent")
    [paper] = await listed(world, deal)
    assert (paper["version"], paper["content_type"], paper["name"][-4:]) == (1, "application/pdf", ".pdf")
    http = world.installation.gateway.http
    assert (await http.head(paper["url"])).status_code == 200
    ours = await world.installation.crm.http.get(f"/v1/documents/{paper['id']}/file")
    assert ours.content[:5] == b"%PDF-"
    await world.installation.crm.change(deal, wish="oak")
    assert (await world.installation.crm.item(deal))["stage"] == "sent"
    opened = await http.get(paper["url"])
    assert (opened.content[:5], opened.headers["content-disposition"][:6]) == (b"%PDF-", "inline")
    await world.stands(deal, "seen")


@pytest.mark.req("D11", "I7")
async def test_a_person_asks_for_a_document_and_any_document_moves_the_deal(world: World) -> None:
    crm = world.installation.crm
    pipeline = await publish(world, "papers-asked", stage("new"), stage("papered", on=(on("document.created"),)))
    deal = (await world.deal(pipeline=pipeline))["id"]
    asked = await crm.ask("POST", f"/v1/items/{deal}/documents", json={"template": "note"})
    await world.stands(deal, "papered")
    first = await crm.ask("GET", f"/v1/documents/{asked['id']}")
    again = await crm.ask("POST", f"/v1/items/{deal}/documents", json={"template": "note"})

    async def second() -> Json | None:
        return next((one for one in await listed(world, deal) if one["id"] == again["id"]), None)

    version = await world.until(second)
    assert (version["number"], version["version"], first["made_by"]) == (first["number"], 2, "manager")
    await crm.ask("DELETE", f"/v1/documents/{first['id']}/link")
    assert (await world.installation.gateway.http.get(first["url"])).status_code == 410
    assert (await world.installation.gateway.http.get(version["url"])).status_code == 200


@pytest.mark.req("E8", "D11")
async def test_a_quote_is_sent_to_the_client_as_a_link_and_as_a_file(world: World) -> None:
    mail = {"to": "contact", "subject": "Your quote {{ results.paper.number }}", "text": "{{ results.paper.url }}"}
    attach = [{"file": f"{{{{ {HERE}.file }}}}", "name": f"{{{{ {HERE}.name }}}}"}]
    pipeline = await publish(
        world,
        "mailed",
        stage(
            "new",
            {"key": "paper", "do": MADE},
            {
                "key": "mail",
                "do": {"send-email": {**mail, "attach": attach}},
                "timing": {"after_previous": "0 minutes"},
            },
        ),
    )
    deal = await world.deal(pipeline=pipeline, amount="900 EUR")
    await world.rule_is(deal["id"], "mail", "succeeded")
    [paper] = await listed(world, deal["id"])
    accepted = await world.installation.simulators.accepted("smtp")
    [letter] = [one for one in accepted if one["recipients"] == [deal["email"]]]
    assert paper["url"] in letter["text"]
    assert letter["subject"] == f"Your quote {paper['number']}"
    [attached] = message_from_bytes(urlsafe_b64decode(letter["raw"]), policy=default).iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == (paper["name"], "application/pdf")
    assert attached.get_content()[:5] == b"%PDF-"
