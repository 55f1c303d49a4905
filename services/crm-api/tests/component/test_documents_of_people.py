"""Documents as people have them: asked for, in versions, modified, looked at, their links ended."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from chassis.testing import eventually
from contracts import topics
from contracts.actions import PerformAction
from contracts.ids import effect_id
from contracts.signals import Signal

PAGE = b"<h1>{{ item.title }} {{ document.number }}</h1>"
PDF = b"%PDF-1.7 made"


async def kept(crm: Any, content: bytes = PAGE, kind: str = "text/html") -> str:
    answer = await crm.ann.post("/v1/files", content=content, headers={"Content-Type": kind})
    return str(answer.json()["hash"])


async def template(crm: Any, content: bytes = PAGE, **more: Any) -> Any:
    return await crm.ann.put("/v1/config/template/offer", json={"file": await kept(crm, content), **more})


async def made(crm: Any, deal: str, **more: Any) -> dict[str, Any]:
    body = {"id": str(uuid4()), "item": deal, "template": "offer", "file": await kept(crm, PDF, "application/pdf")}
    answer = await crm.worker.post("/v1/documents", json={**body, "content_type": "application/pdf", **more})
    assert answer.status_code in {200, 201}, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.req("D11")
async def test_a_second_document_of_an_item_is_a_new_version_with_its_number_and_the_first_stays(crm: Any) -> None:
    deal, other = [(await crm.deal())["id"] for _ in range(2)]
    first = await made(crm, deal)
    between, second, anew = await made(crm, other), await made(crm, deal), await made(crm, deal, again="new")
    assert [(one["number"], one["version"]) for one in (first, between, second, anew)] == [
        ("1", 1),
        ("2", 1),
        ("1", 2),
        ("3", 1),
    ]
    listed = (await crm.ann.get(f"/v1/items/{deal}/documents")).json()["documents"]
    assert [one["id"] for one in listed] == [first["id"], second["id"], anew["id"]]


@pytest.mark.req("D11")
async def test_a_document_is_numbered_before_it_is_made_and_shown_by_nothing_until_then(crm: Any) -> None:
    deal = (await crm.deal())["id"]
    numbered = await made(crm, deal, file="")
    assert (numbered["number"], numbered["file"]) == ("1", "")
    assert (await crm.worker.get(f"/v1/documents/by-token/{numbered['token']}")).status_code == 404
    assert (await crm.ann.get(f"/v1/documents/{numbered['id']}")).status_code == 404
    again = await made(crm, deal, file="", id=numbered["id"])
    whole = await made(crm, deal, id=numbered["id"])
    assert [(one["number"], one["version"], one["token"]) for one in (again, whole)] == [
        (numbered["number"], 1, numbered["token"])
    ] * 2
    assert (await crm.worker.get(f"/v1/documents/by-token/{numbered['token']}")).content == PDF
    [line] = [r for r in (await crm.ann.get(f"/v1/items/{deal}/timeline")).json()["rows"] if r["kind"] == "document"]
    assert line["words"].startswith("document offer 1, version 1")


@pytest.mark.req("D11")
async def test_a_document_that_is_made_is_told_to_triggers_once_in_its_chain_of_causes(crm: Any) -> None:
    deal = (await crm.deal())["id"]
    cause = {"correlation": str(uuid4()), "causation": str(uuid4()), "hops": 7}
    first = await made(crm, deal, cause=cause)
    await made(crm, deal, cause=cause, id=first["id"])

    [seen] = await eventually(lambda: crm.deployment.data(topics.SIGNALS, Signal))
    assert (seen.kind, str(seen.binding)) == ("document.created", deal)
    assert seen.payload.items() >= {"template": "offer", "number": "1", "version": 1, "document": first["id"]}.items()
    [record] = await crm.deployment.seen(topics.SIGNALS)
    assert record.headers["ce_hops"] == "7"


@pytest.mark.req("D11")
async def test_a_link_ends_after_its_days_or_when_somebody_ends_it_and_can_be_made_anew(crm: Any) -> None:
    deal = (await crm.deal())["id"]
    forever, brief = await made(crm, deal), await made(crm, deal, link_days=1)
    assert (forever["expires_at"], brief["expires_at"] > brief["created_at"]) == (None, True)
    by = "/v1/documents/by-token/"
    async with crm.process.database.transaction() as tx:
        await tx.execute("UPDATE document SET expires_at = created_at - $1::interval", timedelta(seconds=1))
    assert (await crm.worker.get(by + brief["token"])).status_code == 410
    renewed = (await crm.ann.post(f"/v1/documents/{brief['id']}/link", json={"days": 2})).json()
    assert renewed["token"] != brief["token"]
    assert (await crm.worker.get(by + brief["token"])).status_code == 404
    assert (await crm.worker.get(by + renewed["token"])).status_code == 200
    for _ in range(2):
        revoked = (await crm.ann.delete(f"/v1/documents/{brief['id']}/link")).json()
    assert (revoked["url"], bool(revoked["revoked_at"])) == ("", True)
    assert (await crm.worker.get(by + renewed["token"])).status_code == 410


@pytest.mark.req("D11")
async def test_a_person_modifies_a_document_and_looks_at_it_in_place(crm: Any) -> None:
    deal = (await crm.deal())["id"]
    first = await made(crm, deal)
    letter = await kept(crm, b"changed", "application/msword")
    version = await crm.made(f"/v1/documents/{first['id']}/versions", file=letter, name="offer é.doc")
    assert (version["number"], version["version"], version["made_by"]) == ("1", 2, "ann")
    shown = [await crm.ann.get(f"/v1/documents/{one['id']}/file") for one in (first, version)]
    assert [one.content for one in shown] == [PDF, b"changed"]
    assert [one.headers["content-disposition"].partition(";")[0] for one in shown] == ["inline", "attachment"]
    assert "offer%20%C3%A9.doc" in shown[1].headers["content-disposition"]
    assert (await crm.ann.get(f"/v1/documents/{uuid4()}/file")).status_code == 404
    no_file = await crm.ann.post(f"/v1/documents/{first['id']}/versions", json={"file": "0" * 64})
    assert (no_file.status_code, no_file.json()["errors"][0]["field"]) == (422, "file")


@pytest.mark.req("D11")
async def test_a_person_asks_the_worker_for_a_document_with_what_the_item_holds(crm: Any) -> None:
    deal = await crm.deal(title="Oak table", fields={"amount": "900.00 EUR"})
    path = f"/v1/items/{deal['id']}/documents"
    refused = await crm.ann.post(path, json={"template": "offer"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "template")
    await template(crm, title="Offer for {{ item.title }}", link_days=14)
    await crm.ann.put("/v1/config/portal/portal", json={"public_url": "https://crm.example"})
    answer = await crm.ann.post(path, json={"template": "offer", "format": "pdf"})
    assert answer.status_code == 202, answer.text
    [asked] = await eventually(lambda: crm.deployment.data(topics.ACTIONS["document"], PerformAction))
    assert answer.json()["id"] == str(effect_id(asked.execution, "document"))
    params = asked.params
    assert params["context"]["item"]["amount"] == "900.00 EUR"
    assert (params["title"], params["format"], params["link_days"], params["asked_by"]) == (
        "Offer for Oak table",
        "pdf",
        14,
        "ann",
    )


@pytest.mark.req("D11")
async def test_a_template_with_placeholders_that_can_have_no_value_is_refused_by_their_names(crm: Any) -> None:
    refused = await template(crm, b"{{ item.amuont }} {{ contact.phone }} {{ document.number }} {{ client.x }}")
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["field"]) == (422, "file")
    assert "client.x, item.amuont" in error["problem"]
    assert "document" in error["fix"]
    hash_ = await kept(crm, b"{{ item.amuont }} {{ contact.phone }}")
    told = (await crm.ann.get(f"/v1/files/{hash_}/placeholders")).json()
    assert (told["names"], list(told["wrong"])) == (["contact.phone", "item.amuont"], ["item.amuont"])
    assert (await template(crm)).status_code == 200
    broken = await template(crm, b"PK\x03\x04 no letter")
    assert (broken.status_code, broken.json()["errors"][0]["field"]) == (422, "file")
