"""Exports: chosen columns as CSV and XLSX, without formulas, in bounded memory, within the caller's rights."""

import csv
import io
import tracemalloc
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import openpyxl
import pytest
from crm_api.access.rights import EVERYTHING, Rights
from crm_api.lists.which import Which
from crm_api.spreadsheets import exporting
from crm_api.spreadsheets.cells import Telling
from crm_api.spreadsheets.columns import Columns
from crm_api.spreadsheets.exporting import Export

MANY = (
    "INSERT INTO item (id, type, pipeline, stage, version, activation, entered_at, created_at, title, responsible,"
    " fields, incomplete, deleted, rule_set) SELECT gen_random_uuid(), 'deal', 'deal/retail', 'new', 1, 1,"
    " signalbox_now(), signalbox_now(), 'Order ' || n, 'ann', jsonb_build_object('amount', n || '.00 EUR'), false,"
    " false, 1 FROM generate_series(1, $1) AS n"
)


FOUND = "INSERT INTO item_index SELECT id, type, '{}', '' FROM item ON CONFLICT DO NOTHING"


async def exported(crm: Any, **more: Any) -> httpx.Response:
    answer: httpx.Response = await crm.ann.post("/v1/exports", json={"type": "deal", **more}, timeout=60)
    return answer


def table(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))


async def key_of(crm: Any, person: str) -> str:
    return str((await crm.made("/v1/api-keys", person=person, name="exports"))["key"])


async def some_deals(crm: Any) -> None:
    contact = await crm.made("/v1/items", type="contact", title="Ana", fields={"phone": "912 345 678", "name": "Ana"})
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    fields = {"amount": "-1200.50 EUR", "payment_due": "2026-12-31", "size": "M", "notes": "=1+1"}
    await crm.deal(title='@SUM(A1), "quoted"\nand long', fields=fields, links=[link], responsible="ann")
    await crm.deal(title="Chair", stage="paid")
    await crm.made("/v1/items", type="invoice", title="not a deal", fields={"amount": "1 EUR"})


@pytest.mark.req("J10")
async def test_the_chosen_columns_come_in_their_order_and_no_text_of_a_csv_is_a_formula(crm: Any) -> None:
    await some_deals(crm)
    answer = await exported(crm, columns=["contact.phone", "amount", "title", "stage", "notes", "payment_due"])
    first, *rows = table(answer)
    assert first == ["contact: phone", "amount", "Title", "Stage", "notes", "payment_due"]
    long = '\'@SUM(A1), "quoted"\nand long'
    assert rows == [
        ["'+351912345678", "-1200.50 EUR", long, "new", "'=1+1", "2026-12-31"],
        ["", "", "Chair", "paid", "", ""],
    ]
    assert answer.content.startswith("\ufeff".encode())
    assert answer.content.endswith(b"\r\n")
    only = table(await exported(crm, columns=["title"], pipeline="deal/retail", stage="paid", bom=False))
    assert only == [["Title"], ["Chair"]]


@pytest.mark.req("J10")
async def test_a_workbook_holds_numbers_dates_and_money_as_such_and_texts_as_texts(crm: Any) -> None:
    await some_deals(crm)
    columns = ["title", "amount", "payment_due", "notes", "created_at", "version", "contact.name"]
    answer = await exported(crm, format="xlsx", columns=columns, language="de")
    [sheet] = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
    headings, first, second = sheet.iter_rows()
    assert [cell.value for cell in headings][:6] == ["Titel", "amount", "payment_due", "notes", "Erstellt", "Version"]
    values = [cell.value for cell in first]
    assert values[0] == '@SUM(A1), "quoted"\nand long'
    assert (values[1], first[1].number_format) == (-1200.5, '#,##0.00 "EUR"')
    assert values[2] == datetime(2026, 12, 31)  # noqa: DTZ001  a spreadsheet knows no zones
    assert (values[3], first[3].data_type) == ("=1+1", "s")
    assert isinstance(values[4], datetime)
    assert (values[5], values[6]) == (1, "Ana")
    assert next(cell.value for cell in second) == "Chair"


async def test_only_what_fulfils_the_conditions_of_a_list_is_exported_in_its_order(crm: Any) -> None:
    for title, amount in (("oak table", "20 EUR"), ("oak chair", "5 EUR"), ("pine table", "9 EUR")):
        await crm.deal(title=title, fields={"amount": amount})
    columns = ["title", "amount"]
    oak = await exported(crm, columns=columns, search="oak", sort="amount")
    assert table(oak)[1:] == [["oak chair", "5 EUR"], ["oak table", "20 EUR"]]
    less = await exported(crm, columns=columns, all=[{"field": "amount", "smaller": "10 EUR"}], sort="-title")
    assert table(less)[1:] == [["pine table", "9 EUR"], ["oak chair", "5 EUR"]]


async def test_a_person_exports_what_their_roles_let_them_and_nothing_of_contacts_hidden_from_them(crm: Any) -> None:
    grants = [
        {"type": "deal", "pipeline": "deal/retail", "actions": ["read", "add", "export"], "whose": "own"},
        {"type": "invoice", "actions": ["read", "add"], "whose": "all"},
    ]
    for path, body in (
        ("role/seller", {"grants": grants}),
        ("person/bob", {"name": "Bob", "access": ["seller"]}),
    ):
        assert (await crm.ann.put(f"/v1/config/{path}", json=body)).status_code == 200
    await some_deals(crm)
    contact = await crm.made("/v1/items", type="contact", title="Ana", fields={"phone": "913 345 678"})
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    await crm.deal(title="Bob's", responsible="bob", links=[link])
    as_bob = {"Authorization": f"Bearer {await key_of(crm, 'bob')}"}
    asked = {"type": "deal", "columns": ["title", "contact.phone"]}
    answer = await crm.ann.post("/v1/exports", json=asked, headers=as_bob)
    assert table(answer)[1:] == [["Bob's", ""]]
    answer = await crm.ann.post("/v1/exports", json={"type": "invoice"}, headers=as_bob)
    assert answer.status_code == 403


async def test_headings_and_the_name_of_the_file_are_in_the_language_that_is_asked_for(crm: Any) -> None:
    fields = [
        {"key": "size", "kind": "choice", "choices": ["S"], "name": {"pt": "Tamanho"}, "choice_names": {"S": "Pequeno"}}
    ]
    kind = {"name": {"en": "Order", "pt": "Peça única"}, "fields": fields, "columns": ["size", "title"]}
    assert (await crm.ann.put("/v1/config/type/piece", json=kind)).status_code == 200
    await crm.made("/v1/items", type="piece", title="Um", fields={"size": "S"})
    answer = await exported(crm, type="piece", language="pt")
    assert table(answer) == [["Tamanho", "Título"], ["Pequeno", "Um"]]
    named = answer.headers["Content-Disposition"]
    assert named.startswith('attachment; filename="piece-20')
    assert "filename*=UTF-8''Pe%C3%A7a%20%C3%BAnica%20" in named


async def test_what_there_is_not_is_refused_with_what_there_is(crm: Any) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "type": {"type": "boat"},
        "pipeline": {"pipeline": "deal/none"},
        "stage": {"pipeline": "deal/retail", "stage": "none"},
        "columns.1": {"columns": ["title", "colour"]},
    }
    for field, more in wrong.items():
        answer = await exported(crm, **more)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def many(crm: Any, count: int) -> None:
    """Make so many deals without announcing them."""
    await crm.fetch(MANY, count)
    await crm.fetch(FOUND)


async def grown(crm: Any, format_: str) -> int:
    """Give by how many bytes memory rose at most while all deals were exported."""
    knowledge = await view(crm)
    columns = Columns(knowledge, knowledge.types["deal"], Telling("en", ZoneInfo("UTC"))).chosen(["title", "amount"])
    reach = Rights("user:ann", "ann", True, EVERYTHING).reach("export")
    export = Export(Which("deal", reach), reach, columns)
    transactions = crm.process.database.transaction
    stream = (
        exporting.as_csv(export, transactions, bom=True)
        if format_ == "csv"
        else exporting.as_xlsx(export, transactions, "Deals")
    )
    tracemalloc.start()
    async for _ in stream:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


async def view(crm: Any) -> Any:
    async with crm.process.database.transaction() as tx:
        return await crm.process.config.view(tx)


@pytest.mark.req("J10")
@pytest.mark.parametrize("format_", ["csv", "xlsx"])
async def test_ten_times_the_rows_take_hardly_more_memory(crm: Any, format_: str) -> None:
    await many(crm, 1_500)
    first = await grown(crm, format_)
    await many(crm, 13_500)
    assert await grown(crm, format_) < first * 1.5
