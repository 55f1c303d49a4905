"""What the workers make through crm-api: tasks, files and documents, each once."""

import asyncio
import hashlib
from typing import Any
from uuid import uuid4

LETTER = b"<p>Your contract</p>"


async def kept(crm: Any, content: bytes = LETTER, content_type: str = "text/html") -> str:
    answer = await crm.worker.post("/v1/files", content=content, headers={"Content-Type": content_type})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["hash"])


async def paper(crm: Any, **more: Any) -> dict[str, Any]:
    deal = await crm.deal()
    return {"id": str(uuid4()), "item": deal["id"], "template": "contract", "title": "Contract", **more}


async def test_a_task_is_made_once_and_read_by_its_item(crm: Any) -> None:
    deal = await crm.deal()
    task = {
        "id": str(uuid4()),
        "item": deal["id"],
        "title": "Prepare the table",
        "role": "warehouse",
        "deadline": "2026-03-03T18:00:00+00:00",
    }
    first, second = [await crm.worker.post("/v1/tasks", json=task) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    [found] = (await crm.ann.get("/v1/tasks", params={"item": deal["id"]})).json()["tasks"]
    assert (found["role"], found["status"], found["deadline"]) == ("warehouse", "open", "2026-03-03T18:00:00Z")


async def test_the_same_task_at_once_is_one_task(crm: Any) -> None:
    deal = await crm.deal()
    task = {"id": str(uuid4()), "item": deal["id"], "title": "Call", "assignee": "ann"}
    answers = await asyncio.gather(*(crm.worker.post("/v1/tasks", json=task) for _ in range(4)))
    assert sorted(a.status_code for a in answers) == [200, 200, 200, 201]


async def test_a_task_for_an_item_that_is_not_there_is_refused(crm: Any) -> None:
    task = {"id": str(uuid4()), "item": str(uuid4()), "title": "Call"}
    assert (await crm.worker.post("/v1/tasks", json=task)).status_code == 404
    deal = await crm.deal()
    await crm.ann.delete(f"/v1/items/{deal['id']}")
    assert (await crm.worker.post("/v1/tasks", json={**task, "item": deal["id"]})).status_code == 410


async def test_people_do_not_make_tasks_as_the_worker_does(crm: Any) -> None:
    deal = await crm.deal()
    task = {"id": str(uuid4()), "item": deal["id"], "title": "Call"}
    assert (await crm.ann.post("/v1/tasks", json=task)).status_code == 403


async def test_a_file_is_kept_under_the_hash_of_its_content(crm: Any) -> None:
    hash_ = await kept(crm)
    assert hash_ == hashlib.sha256(LETTER).hexdigest()
    assert await kept(crm, content_type="text/plain") == hash_
    answer = await crm.ann.get(f"/v1/files/{hash_}")
    assert (answer.content, answer.headers["content-type"]) == (LETTER, "text/html; charset=utf-8")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_file_that_nobody_kept_or_that_is_too_large_is_answered_in_words(crm: Any) -> None:
    assert (await crm.ann.get(f"/v1/files/{'0' * 64}")).status_code == 404
    assert (await crm.ann.get("/v1/files/not-a-hash")).status_code == 422
    too_large = await crm.worker.post("/v1/files", content=b"x" * (20 * 1024 * 1024 + 1))
    assert too_large.status_code == 413


async def test_a_document_is_numbered_once_and_shown_by_its_link(crm: Any) -> None:
    body = await paper(crm, file=await kept(crm))
    first, second = [await crm.worker.post("/v1/documents", json=body) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["number"] == "1"
    shown = await crm.worker.get(f"/v1/documents/by-token/{first.json()['token']}")
    assert shown.content == LETTER
    assert shown.headers["document-id"] == body["id"]
    assert shown.headers["document-item"] == body["item"]
    assert shown.headers["document-template"] == "contract"


async def test_documents_made_at_once_have_numbers_without_a_gap(crm: Any) -> None:
    file = await kept(crm)
    bodies = [await paper(crm, file=file) for _ in range(4)]
    answers = await asyncio.gather(*(crm.worker.post("/v1/documents", json=body) for body in (*bodies, *bodies)))
    assert sorted({a.json()["number"] for a in answers}) == ["1", "2", "3", "4"]


async def test_a_document_of_no_file_is_refused_and_its_number_is_not_lost(crm: Any) -> None:
    refused = await crm.worker.post("/v1/documents", json=await paper(crm, file="0" * 64))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "file")
    made = await crm.worker.post("/v1/documents", json=await paper(crm, file=await kept(crm)))
    assert made.json()["number"] == "1"


async def test_a_link_that_leads_nowhere_is_not_found_and_people_do_not_ask_by_it(crm: Any) -> None:
    assert (await crm.worker.get("/v1/documents/by-token/nothing")).status_code == 404
    assert (await crm.ann.get("/v1/documents/by-token/nothing")).status_code == 403
