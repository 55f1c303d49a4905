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

from crm_api.access.rights import Reach
from crm_api.lists.cursors import Place
from crm_api.lists.which import Which
from crm_api.spreadsheets.cells import Cell
from crm_api.spreadsheets.columns import Column
from crm_api.spreadsheets.writing import BOM, Workbook, csv_rows
from crm_api.store import items as stored_items
from crm_api.store import lists as store

PART = 500
PIECE = 1 << 18
Transactions = Callable[[], AbstractAsyncContextManager[Transaction]]


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported: which items, in which order; `readable` are those whose fields may be told of where linked."""

    which: Which
    readable: Reach
    columns: Sequence[Column]

    async def parts(self, transactions: Transactions) -> AsyncIterator[list[list[Cell]]]:
        """Give the rows part by part, each read in a transaction of its own."""
        after: Place | None = None
        while True:
            async with transactions() as tx:
                found = await store.part(tx, self.which, after, PART)
                near = await self._near(tx, [one.item for one in found])
            if found:
                yield [[column.value(one.item, near) for column in self.columns] for one in found]
                after = found[-1].place
            if len(found) < PART:
                return

    async def _near(self, tx: Transaction, items: Sequence[Item]) -> dict[UUID, Item]:
        """Give those of the items that exported ones link to that may be told of."""
        roles = {column.role for column in self.columns} - {""}
        ids = {id_ for item in items for id_ in led_to(item, roles)}
        near = await stored_items.load_within(tx, ids, self.readable) if ids else {}
        return {id_: stored.item for id_, stored in near.items()}

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
