"""Tasks and documents through crm-api, which knows a second request by the effect's id."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from action_workers.testing import CrmApi, Desk
from contracts.actions import Recipient

DEADLINE = "2026-11-23T10:00:00+00:00"
WAREHOUSE = Recipient(whom="role:warehouse", name="warehouse", address="warehouse")
PAPER = Recipient(whom="document", name="Contract")


@pytest.fixture
async def tasks(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    return await open_desk("task")


@pytest.fixture
async def documents(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    return await open_desk("document")


def prepare(tasks: Desk) -> Any:
    return tasks.action(WAREHOUSE, params={"title": "Prepare Sofa", "text": "Two of them", "deadline": DEADLINE})


def contract(
    documents: Desk, crm: CrmApi, html: str = "<p>{{ contact.name }} buys {{ item.title }}</p>", **more: Any
) -> Any:
    params = {
        "template": "contract",
        "title": "Contract",
        "file": crm.keep(html.encode()),
        "content_type": "text/html",
        "context": {"contact": {"name": "Ana <b>"}, "item": {"title": "Sofa"}},
    }
    return documents.action(PAPER, params=params | more)


@pytest.mark.req("D15", "D16")
async def test_a_task_for_a_role_is_made_with_its_deadline(tasks: Desk, crm: CrmApi) -> None:
    await tasks.take(prepare(tasks))
    (outcome,) = await tasks.work("sent")
    assert list(crm.tasks.values()) == [
        {
            "id": str(outcome.effect),
            "item": str(tasks.item),
            "title": "Prepare Sofa",
            "description": "Two of them",
            "execution": str(tasks.execution),
            "assignee": None,
            "role": "warehouse",
            "department": None,
            "deadline": DEADLINE,
        }
    ]
    assert outcome.results == {"id": str(outcome.effect), "url": f"/v1/tasks/{outcome.effect}"}


async def test_a_task_for_a_person_names_the_assignee(tasks: Desk, crm: CrmApi) -> None:
    await tasks.take(tasks.action(Recipient(whom="person:ann", name="Ann", address="ann"), params={"title": "Call"}))
    await tasks.work("sent")
    (task,) = crm.tasks.values()
    assert (task["assignee"], task["role"]) == ("ann", None)


async def test_a_task_for_a_department_is_one(tasks: Desk, crm: CrmApi) -> None:
    shop = Recipient(whom="department:shop", name="shop", address="shop")
    await tasks.take(tasks.action(shop, params={"title": "Call"}))
    await tasks.work("sent")
    (task,) = crm.tasks.values()
    assert (task["assignee"], task["role"], task["department"]) == (None, None, "shop")


async def test_a_document_is_filled_in_kept_and_numbered(documents: Desk, crm: CrmApi) -> None:
    await documents.take(contract(documents, crm))
    (outcome,) = await documents.work("sent")
    (document,) = crm.documents.values()
    assert crm.files[document["file"]] == ("text/html", b"<p>Ana &lt;b&gt; buys Sofa</p>")
    assert (document["id"], document["item"]) == (str(outcome.effect), str(documents.item))
    assert (document["template"], document["title"]) == ("contract", "Contract")
    assert outcome.results.items() >= {"url": "https://shop.example/d/secret1", "number": "1"}.items()


async def test_trouble_on_the_way_makes_no_second_document(documents: Desk, crm: CrmApi) -> None:
    await documents.take(contract(documents, crm))
    turn = await documents.executor.claim(1)
    [claimed], knowledge = turn.effects, turn.knowledge
    await documents.attempts.make(claimed, knowledge)
    await documents.end_claims()
    await documents.stale.turn()
    crm.failing = 2
    (outcome,) = await documents.work("sent")
    assert outcome.results["number"] == "1"
    assert len(crm.documents) == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"context": {"contact": {"name": "Ana"}, "item": {"stage": "new"}}}, "item.title"),
        ({"file": ""}, "there is no template 'contract'; upload it"),
        ({"content_type": 5}, "content_type"),
    ],
)
async def test_a_document_that_cannot_be_made_says_why(
    documents: Desk, crm: CrmApi, more: dict[str, Any], words: str
) -> None:
    await documents.take(contract(documents, crm, **more))
    (outcome,) = await documents.work("failed")
    assert words in outcome.reason
    assert not crm.documents


@pytest.mark.req("D11")
async def test_a_document_names_its_number_and_shows_goods_with_their_totals(documents: Desk, crm: CrmApi) -> None:
    sums = {"net": "900.00", "discount": "100.00", "tax": "207.00", "gross": "1107.00"}
    row = {"product": None, "name": "Oak <table>", "quantity": "1", "unit": "", "price": "1000.00", "tax": "23"}
    crm.goods[str(documents.item)] = {"currency": "EUR", "rows": [{**row, "sums": sums}], "total": sums}
    rows = "{% for row in rows %}{{ row.name }} {{ row.gross }}{% endfor %}"
    page = f"{{{{ document.number }}}} of {{{{ document.day }}}}: {rows}, {{{{ totals.tax | money }}}}"
    await documents.take(contract(documents, crm, page))
    (outcome,) = await documents.work("sent")
    results = outcome.results
    assert crm.files[results["file"]][1].decode() == "1 of 2026-11-23: Oak &lt;table&gt; 1107.00 EUR, €207.00"
    assert (results["name"], results["content_type"], results["version"]) == ("contract-1.html", "text/html", 1)


@pytest.mark.req("D11", "E8")
async def test_a_page_is_made_as_pdf_and_can_be_attached_by_its_hash(documents: Desk, crm: CrmApi) -> None:
    await documents.take(contract(documents, crm, format="pdf", link_days=30))
    (outcome,) = await documents.work("sent")
    kind, content = crm.files[outcome.results["file"]]
    assert (kind, content[:5], outcome.results["name"]) == ("application/pdf", b"%PDF-", "contract-1.pdf")
    [document] = crm.documents.values()
    assert (document["link_days"], document["again"], document["cause"]["hops"]) == (30, "version", 0)


async def test_a_person_who_asked_hears_why_there_is_no_document(documents: Desk, crm: CrmApi) -> None:
    await documents.take(contract(documents, crm, "{{ item.amount }}", asked_by="ann"))
    await documents.work("failed")
    [notice] = crm.notices.values()
    assert (notice["person"], notice["item"]) == ("ann", str(documents.item))
    assert "item.amount" in notice["text"]


async def test_a_document_needs_a_public_address(documents: Desk, crm: CrmApi, changed_portal: Any) -> None:
    await documents.configure(changed_portal(public_url=""))
    await documents.take(contract(documents, crm))
    (outcome,) = await documents.work("failed")
    assert "public address" in outcome.reason
