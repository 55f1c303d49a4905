"""Exports: the items that a caller may export, read in short transactions, written as a file that streams."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from chassis.database import Transaction
from contracts.items import Item

from crm_api.rights import Reach
from crm_api.spreadsheets.cells import Cell
from crm_api.spreadsheets.columns import Column
from crm_api.spreadsheets.writing import BOM, Workbook, csv_rows
from crm_api.store import exports as store

PART = 500
FIRST = UUID(int=0)
PIECE = 1 << 18
Transactions = Callable[[], AbstractAsyncContextManager[Transaction]]


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported: which items, of those within reach; `readable` are those whose linked fields may be told."""

    which: store.Which
    reach: Reach
    readable: Reach
    columns: Sequence[Column]

    async def parts(self, transactions: Transactions) -> AsyncIterator[list[list[Cell]]]:
        """Give the rows part by part, each read in a transaction of its own."""
        after, roles = FIRST, {column.role for column in self.columns} - {""}
        while True:
            async with transactions() as tx:
                items = await store.part(tx, self.which, self.reach, after, PART)
                near = await store.linked(tx, self.readable, {id_ for item in items for id_ in led_to(item, roles)})
            if items:
                yield [[column.value(item, near) for column in self.columns] for item in items]
                after = items[-1].id
            if len(items) < PART:
                return

    @property
    def headings(self) -> list[str]:
        """Give the headings of the columns."""
        return [column.heading for column in self.columns]


def led_to(item: Item, roles: set[str]) -> set[UUID]:
    """Give the items that an item links to first under some roles."""
    return {id_ for role in roles if (id_ := item.linked(role))}


async def as_csv(export: Export, transactions: Transactions, *, bom: bool) -> AsyncIterator[bytes]:
    """Write an export as CSV, part by part."""
    yield ((BOM if bom else "") + csv_rows([export.headings])).encode()
    async for rows in export.parts(transactions):
        yield csv_rows(rows).encode()


async def as_xlsx(export: Export, transactions: Transactions, name: str) -> AsyncIterator[bytes]:
    """Write an export as XLSX into a temporary file, then give it piece by piece."""
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        path = Path(folder, "export.xlsx")
        book = Workbook(path, name, export.headings)
        try:
            async for rows in export.parts(transactions):
                await asyncio.to_thread(book.write, rows)
        finally:
            await asyncio.to_thread(book.close)
        with await asyncio.to_thread(path.open, "rb") as file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece
