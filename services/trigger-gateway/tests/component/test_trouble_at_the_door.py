"""The database away, and back: the sender is told to come again, and then all is as if nothing had been."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from chassis.testing import eventually
from chassis.testing.line import Line
from trigger_gateway.main import VERSIONS

FILLED = {"name": "Ana", "phone": "912 345 678", "submission": "s-1"}


async def test_while_the_database_is_away_the_sender_is_asked_to_come_again_and_nothing_is_kept(
    started: Any, deployment: Any, line: Line
) -> None:
    door = await started("serve", database_url=line.through(await deployment.database(VERSIONS)))
    line.cut()
    away = [await door.http.post(door.form, data=FILLED, timeout=15) for _ in range(3)]
    assert {(answer.status_code, answer.headers["retry-after"]) for answer in away} == {(503, "1")}
    assert {answer.headers["content-type"] for answer in away} == {"application/problem+json"}
    assert (await door.http.get("/readyz")).status_code == 503
    line.mend()
    await eventually(lambda: ready(door))
    assert await door.kept_nothing()
    assert (await door.http.post(door.form, data=FILLED)).status_code == 200
    assert len(await door.signals()) == 1
    assert await door.rows("SELECT repeats FROM delivery") == [{"repeats": 0}]


async def ready(door: Any) -> bool:
    return bool((await door.http.get("/readyz")).is_success)


async def test_a_sender_that_goes_away_in_the_middle_leaves_nothing(door: Any) -> None:
    reader, writer = await asyncio.open_connection(door.http.base_url.host, door.http.base_url.port)
    head = f"POST {door.form} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nname=Ana"
    writer.write(head.encode())
    await writer.drain()
    writer.close()
    assert await reader.read() == b""
    assert await door.kept_nothing()
    assert (await door.http.get("/livez")).status_code == 200


async def test_a_body_without_a_length_is_cut_off_at_the_limit(door: Any) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"a" * 65_536

    answer = await door.http.post(door.form, content=endless())
    assert answer.status_code == 413


async def test_what_was_refused_is_counted(door: Any) -> None:
    await door.http.post("/in/nobody/x", data=FILLED)
    await door.http.post(door.form, data={"name": "Ana"})
    metrics = (await door.http.get("/metrics")).text
    for status in (404, 422):
        assert f'signalbox_refused_total{{door="in",status="{status}"}}' in metrics
