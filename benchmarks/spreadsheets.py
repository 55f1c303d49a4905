"""Rows out and in: an export and an import of many rows, in rows a second and in memory at the most.

make bench NAME=spreadsheets ARGS="--rows 100000"
"""

import argparse
import asyncio
import csv
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil
import stack

from benchmarks.load import conclude, tell
from deploy.local import Installation

ROWS = 100_000
ROLES = ("crm-api.serve", "crm-api.consume")
MB = 1 << 20
TYPE = {
    "fields": [
        {"key": "amount", "kind": "money"},
        {"key": "due", "kind": "date"},
        {"key": "notes", "kind": "text"},
    ]
}
PIPELINE = {"stages": [{"key": "new"}, {"key": "won", "kind": "success"}]}
MAPPING = {"Title": "title", "Amount": "amount", "Due": "due", "Notes": "notes"}
COLUMNS = ["id", "title", "stage", "responsible", "created_at", "amount", "due", "notes"]
ENDED = ("done", "failed", "cancelled")


async def furnish(up: Installation) -> None:
    """Make the type and the pipeline of the rows."""
    await up.crm.configure("type", "sheet", TYPE)
    await up.crm.publish("sheet/bench", PIPELINE)


def client(up: Installation) -> httpx.AsyncClient:
    """Give a client of crm-api that waits long."""
    token = up.environment.tokens["user:manager"]
    return httpx.AsyncClient(base_url=up.crm.url, headers={"Authorization": f"Bearer {token}"}, timeout=600)


async def importing(up: Installation, rows: int) -> dict[str, Any]:
    """Import so many rows, and give the rows a second."""
    async with client(up) as crm:
        answer = await crm.post("/v1/files", content=as_csv(rows))
        asked = {"file": answer.json()["hash"], "type": "sheet", "pipeline": "sheet/bench", "mapping": MAPPING}
        began = time.monotonic()
        job = (await crm.post("/v1/imports", json={**asked, "automation": "suppress"})).json()
        peak = Peak(up, "crm-api.consume")
        while job["state"] not in ENDED:
            await asyncio.sleep(0.5)
            peak.look()
            job = (await crm.get(f"/v1/jobs/{job['id']}")).json()
        seconds = time.monotonic() - began
    assert job["counts"] == {"created": rows}, job
    return {"rows_per_second": round(rows / seconds, 1), "peak_mb": peak.mb}


async def exporting(up: Installation, rows: int, format_: str) -> dict[str, Any]:
    """Export so many rows, and give the rows a second and how much the server grew."""
    asked = {"type": "sheet", "columns": COLUMNS, "format": format_}
    peak, size, began = Peak(up, "crm-api.serve"), 0, time.monotonic()
    async with client(up) as crm, crm.stream("POST", "/v1/exports", json=asked) as answer:
        watch = asyncio.create_task(watched(peak.look))
        async for piece in answer.aiter_bytes():
            size += len(piece)
        watch.cancel()
    seconds = time.monotonic() - began
    return {
        "rows_per_second": round(rows / seconds, 1),
        "before_mb": peak.before,
        "peak_mb": peak.mb,
        "file_mb": round(size / MB, 1),
    }


class Peak:
    """The largest resident size of a process, as far as it is looked at."""

    def __init__(self, up: Installation, name: str) -> None:
        self._process = psutil.Process(up.run.servers[name].pid)
        self.before = self._process.memory_info().rss // MB
        self.mb = self.before

    def look(self) -> None:
        """Look now."""
        self.mb = max(self.mb, self._process.memory_info().rss // MB)


async def watched(look: Callable[[], None]) -> None:
    """Look often."""
    while True:
        look()
        await asyncio.sleep(0.1)


def as_csv(rows: int) -> bytes:
    """Give a file of rows."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(MAPPING)
    for n in range(rows):
        writer.writerow([f"Order {n}", f"{n % 1000}.50 EUR", "2026-12-31", "Oak table, please call before"])
    return written.getvalue().encode()


async def in_and_out(up: Installation, rows: int) -> dict[str, Any]:
    """Import so many rows, and export what that made."""
    await furnish(up)
    told: dict[str, Any] = {"rows": rows, "import": await importing(up, rows)}
    tell(str(told))
    for format_ in ("csv", "xlsx"):
        told[f"export_{format_}"] = await exporting(up, rows, format_)
        tell(str(told))
    return told


async def measure(rows: int, kind: stack.Kind) -> dict[str, Any]:
    """Measure on an installation of its own."""
    with stack.start(kind, say=tell) as started:
        async with Installation(started, Path(".local"), layout="wide", only=ROLES, say=tell) as up:
            return {"benchmark": "spreadsheets", **await in_and_out(up, rows)}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--stack", default="native", choices=["auto", "given", "container", "native"])
    chosen = parser.parse_args()
    conclude(**asyncio.run(measure(chosen.rows, chosen.stack)))


if __name__ == "__main__":
    main()
