"""Imports: rows become items by a mapping, the bad ones are told, and a crash loses and doubles none."""

import asyncio
import csv
import io
import itertools
import signal
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

import openpyxl
import pytest
from chassis.testing import eventually
from contracts import topics
from contracts.items import ItemChanged, ItemEvent, ItemStageChanged, Suppression
from crm_api.files import hash_of
from crm_api.imports.asked import EXAMPLE_FILE

MAPPING = {"Order": "title", "Amount": "amount", "Due": "payment_due", "Phone": "contact.phone"}


def as_csv(rows: Sequence[Sequence[Any]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(rows)
    return written.getvalue().encode(encoding)


def as_xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    book = openpyxl.Workbook()
    [sheet] = book.worksheets
    for row in rows:
        sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


async def put(crm: Any, content: bytes) -> str:
    answer = await crm.ann.post("/v1/files", content=content)
    assert answer.status_code == 201
    return str(answer.json()["hash"])


async def begun(crm: Any, content: bytes, **more: Any) -> Any:
    asked = {"type": "deal", "pipeline": "deal/retail", "mapping": MAPPING, "file": await put(crm, content), **more}
    return await crm.ann.post("/v1/imports", json=asked)


async def ended(crm: Any, job: dict[str, Any]) -> dict[str, Any]:
    async def look() -> Any:
        found = (await crm.ann.get(f"/v1/jobs/{job['id']}")).json()
        return found if found["state"] in {"done", "failed"} else None

    found: dict[str, Any] = await eventually(look)
    return found


async def imported(crm: Any, content: bytes, **more: Any) -> dict[str, Any]:
    answer = await begun(crm, content, **more)
    assert answer.status_code == 202, answer.text
    return await ended(crm, answer.json())


async def problems(crm: Any, job: dict[str, Any]) -> list[list[str]]:
    answer = await crm.ann.get(f"/v1/jobs/{job['id']}/problems.csv")
    return list(csv.reader(io.StringIO(answer.text)))[1:]


async def deals(crm: Any) -> list[Any]:
    found: list[Any] = await crm.fetch("SELECT * FROM item WHERE type = 'deal' ORDER BY id")
    return found


@pytest.fixture
async def crm(started: Any) -> Any:
    return await started("consume")


async def test_rows_become_items_and_their_contacts_are_found_by_phone_or_made(crm: Any) -> None:
    ana = await crm.made("/v1/items", type="contact", title="Ana", fields={"phone": "+351912345678"})
    rows = [
        ["Order", "Amount", "Due", "Phone"],
        ["Table", "1.200,50", "31.12.2026", "912 345 678"],
        ["Chair", "EUR 20", "2026-12-30", "'+351 913 000 000"],
        ["Lamp", "", "", "913000000"],
    ]
    job = await imported(crm, as_csv(rows, delimiter=";"), decimal=",", responsible="ann")
    assert (job["state"], job["done"], job["total"]) == ("done", 3, 3)
    assert job["counts"] == {"created": 3, "contacts": 1}
    table, chair, lamp = await deals(crm)
    assert (table["title"], table["stage"], table["responsible"]) == ("Table", "new", "ann")
    assert table["fields"] == {"amount": "1200.50 EUR", "payment_due": "2026-12-31"}
    assert chair["fields"] == {"amount": "20 EUR", "payment_due": "2026-12-30"}
    links = {row["from_id"]: str(row["to_id"]) for row in await crm.fetch("SELECT * FROM link")}
    assert links[table["id"]] == ana["id"]
    assert links[chair["id"]] == links[lamp["id"]] != ana["id"]
    [line] = await crm.fetch("SELECT body FROM timeline WHERE item = $1", table["id"])
    assert (line["body"]["actor"], line["body"]["correlation"]) == ("user:ann", job["id"])


async def test_a_workbook_is_imported_with_the_types_of_its_cells(crm: Any) -> None:
    rows: list[list[Any]] = [["Order", "Amount", "Due", "Phone"], [1001, 12.5, date(2026, 12, 31), 351912345678.0]]
    job = await imported(crm, as_xlsx(rows), mapping={**MAPPING, "Phone": "notes"})
    assert job["counts"] == {"created": 1}
    [deal] = await deals(crm)
    assert deal["title"] == "1001"
    assert deal["fields"] == {"amount": "12.5 EUR", "payment_due": "2026-12-31", "notes": "351912345678"}


async def test_what_is_wrong_with_a_row_is_told_and_the_good_rows_go_on(crm: Any) -> None:
    rows = [
        ["Order", "Amount", "Due", "Phone"],
        ["good", "1 EUR", "", ""],
        ["bad", "much", "soon", "12"],
        ["good too", "2 EUR", "", ""],
    ]
    job = await imported(crm, as_csv(rows))
    assert (job["state"], job["counts"], job["problems"]) == ("done", {"created": 2, "failed": 1}, 1)
    told = await problems(crm, job)
    assert [(row, column) for row, column, _, _ in told] == [("3", "Amount"), ("3", "Due"), ("3", "Phone")]
    assert told[1][2:] == ["'soon' is not a date", "write it like '2026-12-31'"]
    assert [deal["title"] for deal in await deals(crm)] == ["good", "good too"]


async def test_a_key_finds_what_is_there_and_a_unique_value_refuses_only_its_own_row(crm: Any) -> None:
    fields = [
        {"key": "sku", "kind": "string", "unique": True},
        {"key": "code", "kind": "string"},
        {"key": "price", "kind": "money", "required": True},
    ]
    assert (await crm.ann.put("/v1/config/type/product-card", json={"fields": fields})).status_code == 200
    mapping = {"SKU": "sku", "Code": "code", "Price": "price"}
    more = {"type": "product-card", "pipeline": "", "mapping": mapping}
    rows = [["SKU", "Code", "Price"], ["a", "1", "1 EUR"], ["b", "2", "2 EUR"], ["c", "3", ""]]
    first = await imported(crm, as_csv(rows), **more)
    assert first["counts"] == {"created": 2, "failed": 1}
    assert (await problems(crm, first))[0][:3] == ["4", "Price", "this is required"]
    rows = [["SKU", "Code", "Price"], ["A2", "1", "9 EUR"], ["b", "2", "2 EUR"], ["d", "4", "4 EUR"], ["d2", "4", ""]]
    second = await imported(crm, as_csv(rows), key="code", **more)
    assert second["counts"] == {"changed": 2, "unchanged": 1, "created": 1}
    held = await crm.fetch("SELECT fields ->> 'sku' AS sku, fields ->> 'price' AS price FROM item ORDER BY id")
    assert [tuple(row) for row in held] == [("A2", "9 EUR"), ("b", "2 EUR"), ("d2", "4 EUR")]
    twice = await imported(
        crm, as_csv([["SKU", "Code", "Price"], ["z", "7", "1"], ["b", "8", "1"], ["y", "9", "1"]]), **more
    )
    assert twice["counts"] == {"created": 2, "failed": 1}
    [problem] = await problems(crm, twice)
    assert (problem[:2], "has the same value" in problem[2]) == (["3", "SKU"], True)


async def test_a_dry_run_counts_and_tells_and_writes_nothing(crm: Any) -> None:
    rows = [["Order", "Amount", "Due", "Phone"], ["a", "1", "", "912345678"], ["b", "x", "", ""]]
    job = await imported(crm, as_csv(rows), dry_run=True)
    assert job["counts"] == {"created": 1, "contacts": 1, "failed": 1}
    assert len(await problems(crm, job)) == 1
    assert await crm.fetch("SELECT FROM item") == []
    assert await crm.fetch("SELECT FROM journal WHERE kind LIKE 'crm.item.%'") == []


async def test_a_dry_run_knows_in_a_later_chunk_what_an_earlier_one_would_have_made(crm: Any) -> None:
    fields = [{"key": "sku", "kind": "string", "unique": True}]
    assert (await crm.ann.put("/v1/config/type/piece", json={"fields": fields})).status_code == 200
    rows = [["SKU", "Title"], *([f"s{n % 250}", f"t{n % 260}"] for n in range(260))]
    more: dict[str, Any] = {"type": "piece", "pipeline": "", "mapping": {"SKU": "sku", "Title": "title"}}
    for dry_run in (True, False):
        job = await imported(crm, as_csv(rows), dry_run=dry_run, **more)
        assert job["counts"] == {"created": 250, "failed": 10}
        assert [row for row, *_ in await problems(crm, job)] == [str(n) for n in range(252, 262)]
    again = await imported(
        crm,
        as_csv([["SKU"], *([f"n{n % 210}"] for n in range(420))]),
        dry_run=True,
        key="sku",
        **(more | {"mapping": {"SKU": "sku"}}),
    )
    assert again["counts"]["created"] == 210


async def test_a_suppressed_import_names_its_job_in_each_entry_and_one_line(crm: Any) -> None:
    rows = [["Order", "Amount"], ["a", "1 EUR"]]
    mapping = {"Order": "title", "Amount": "amount"}
    job = await imported(crm, as_csv(rows), automation="suppress", mapping=mapping, key="title")
    rows = [["Order", "Amount"], ["a", "2 EUR"]]
    again = await imported(crm, as_csv(rows), automation="suppress", mapping=mapping, key="title")
    assert again["counts"] == {"changed": 1}

    async def look() -> list[ItemEvent] | None:
        found = await crm.deployment.data(topics.ITEMS, ItemEvent)
        return found if len(found) == 2 else None

    entry, change = await eventually(look)
    assert isinstance(entry, ItemStageChanged)
    assert (entry.suppressed, entry.item.activation) == (Suppression(job=job["id"]), 1)
    assert isinstance(change, ItemChanged)
    assert change.suppressed == Suppression(job=again["id"])
    lines = await crm.fetch("SELECT kind, body FROM timeline ORDER BY at, id")
    assert [(line["kind"], line["body"]["suppressed"]) for line in lines] == [
        ("created", job["id"]),
        ("changed", again["id"]),
    ]


async def test_a_throttled_import_spaces_its_rows(crm: Any) -> None:
    rows = [["Order"], *([f"n{n}"] for n in range(5))]
    job = await imported(crm, as_csv(rows), automation="throttle 10/s", mapping={"Order": "title"})
    assert job["counts"] == {"created": 5}
    made = [deal["created_at"] for deal in await deals(crm)]
    gaps = [(after - before).total_seconds() for before, after in itertools.pairwise(made[::2])]
    assert min(gaps) >= 0.19


KILLED = 2_400


async def test_a_process_that_is_killed_in_the_middle_loses_no_row_and_doubles_none(started: Any) -> None:
    crm = await started()
    rows = [["Order", "Phone"], *([f"n{n}", f"+3519100{n % 500:05}"] for n in range(KILLED))]
    job = (await begun(crm, as_csv(rows), mapping={"Order": "title", "Phone": "contact.phone"})).json()
    settings = crm.process.settings
    environment = {
        "CRM_API_DATABASE_URL": settings.database_url.get_secret_value(),
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "KAFKA_PARTITIONS": str(settings.kafka_partitions),
        "TOPIC_PREFIX": settings.topic_prefix,
        "CRM_API_PORT": "0",
    }
    for kill_at in (400, 1_200, None):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from crm_api.main import main; main()",
            "consume",
            env=environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

        async def done(most: int | None = kill_at) -> bool:
            found = (await crm.ann.get(f"/v1/jobs/{job['id']}")).json()
            return bool(found["state"] == "done" if most is None else found["done"] >= most)

        try:
            await eventually(done, within=120)
        finally:
            process.send_signal(signal.SIGKILL if kill_at else signal.SIGTERM)
            await process.wait()
    found = (await crm.ann.get(f"/v1/jobs/{job['id']}")).json()
    assert (found["counts"], found["done"], found["total"]) == ({"created": KILLED, "contacts": 500}, KILLED, KILLED)
    held = await crm.fetch("SELECT title FROM item WHERE type = 'deal'")
    assert sorted(row["title"] for row in held) == sorted(f"n{n}" for n in range(KILLED))


async def test_a_person_imports_what_their_roles_let_them_and_sees_their_own_jobs_only(crm: Any) -> None:
    await crm.deal(title="theirs", responsible="ann")
    grants = [{"type": "deal", "pipeline": "deal/retail", "actions": ["read", "add", "change"], "whose": "own"}]
    for path, body in (("role/seller", {"grants": grants}), ("person/bob", {"name": "Bob", "access": ["seller"]})):
        assert (await crm.ann.put(f"/v1/config/{path}", json=body)).status_code == 200
    by_ann = await imported(crm, as_csv([["Order"], ["of ann"]]), mapping={"Order": "title"})
    key = (await crm.made("/v1/api-keys", person="bob", name="imports"))["key"]
    crm.ann.headers["Authorization"] = f"Bearer {key}"
    rows = [["Order", "Amount", "Who"], ["mine", "1 EUR", ""], ["not mine", "1 EUR", "ann"], ["theirs", "2 EUR", ""]]
    mapping = {"Order": "title", "Amount": "amount", "Who": "responsible"}
    job = await imported(crm, as_csv(rows), mapping=mapping, key="title")
    assert job["counts"] == {"created": 2, "failed": 1}
    [problem] = await problems(crm, job)
    assert (problem[0], problem[2]) == ("3", "you may not add deal/retail")
    held = await crm.fetch("SELECT title, responsible FROM item WHERE responsible = 'bob' ORDER BY id")
    assert [tuple(row) for row in held] == [("mine", "bob"), ("theirs", "bob")]
    assert (await begun(crm, as_csv(rows), type="invoice", pipeline="invoice/plain")).status_code == 403
    assert (await crm.ann.get(f"/v1/jobs/{by_ann['id']}")).status_code == 404
    assert [one["id"] for one in (await crm.ann.get("/v1/jobs")).json()["jobs"]] == [job["id"]]


async def test_the_examples_of_the_contract_work_with_the_file_that_they_name(crm: Any) -> None:
    assert await put(crm, EXAMPLE_FILE) == hash_of(EXAMPLE_FILE)
    schemas = (await crm.ann.get("/openapi.json")).json()["components"]["schemas"]
    [look], [asked] = schemas["Look"]["examples"], schemas["ImportRequest"]["examples"]
    assert (await crm.made("/v1/imports/preview", **look))["mapping"] == {"title": "title"}
    answer = await crm.ann.post("/v1/imports", json=asked)
    assert (await ended(crm, answer.json()))["counts"] == {"created": 1}
    [example] = schemas["ExportRequest"]["examples"]
    answer = await crm.ann.post("/v1/exports", json=example)
    assert answer.text.splitlines()[1:] == ["Oak,new,"]


async def test_a_preview_shows_the_first_rows_and_guesses_the_mapping(crm: Any) -> None:
    rows = [["Titel", "amount", "Kontakt phone", "Größe"], ["Müller", "1", "912345678", "S"]]
    hash_ = await put(crm, as_csv(rows, "cp1252", ";"))
    found = await crm.made("/v1/imports/preview", file=hash_, type="deal")
    assert (found["encoding"], found["delimiter"], found["total"]) == ("cp1252", ";", 1)
    assert found["rows"] == [["Müller", "1", "912345678", "S"]]
    assert found["mapping"] == {"Titel": "title", "amount": "amount", "Kontakt phone": "contact.phone"}


async def test_what_does_not_fit_as_a_whole_is_refused_with_its_field(crm: Any) -> None:
    good = as_csv([["Order", "Amount"], ["a", "1"]])
    mapping = {"Order": "title"}
    for content, more, field in (
        (good, {"mapping": {"Colour": "title"}}, "mapping.Colour"),
        (good, {"mapping": {"Order": "colour"}}, "mapping.Order"),
        (good, {"mapping": mapping, "key": "amount"}, "key"),
        (good, {"mapping": mapping, "type": "boat"}, "type"),
        (good, {"mapping": mapping, "pipeline": "deal/none"}, "pipeline"),
        (good, {"mapping": mapping, "stage": "none"}, "stage"),
        (good, {"mapping": mapping, "responsible": "nobody"}, "responsible"),
        (good, {"mapping": mapping, "file": "0" * 64}, "file"),
        (good, {"mapping": mapping, "automation": "throttle 0/s"}, "automation"),
        (good, {"mapping": mapping, "automation": "sometimes"}, "automation"),
        (good, {"mapping": mapping, "encoding": "klingon"}, "encoding"),
        (b"", {"mapping": mapping}, "file"),
        (b"PK\x03\x04 no workbook", {"mapping": mapping}, "file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", {"mapping": mapping}, "file"),
    ):
        answer = await begun(crm, content, **more)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text
