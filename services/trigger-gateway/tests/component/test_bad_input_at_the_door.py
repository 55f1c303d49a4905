"""Bad input at the door, of every kind of source over a real server: a clear 4xx, flat memory, never a 5xx."""

import asyncio
import gzip
import itertools
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from chassis.testing import eventually
from contracts.config import ConfigChanged, Source
from stack.ports import free_port
from standardwebhooks import Webhook
from trigger_gateway.main import VERSIONS
from trigger_gateway.sources import SOURCES

TOKEN = "hook-token-0123456789abcdef"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
COMMAND = Path(sys.executable).with_name("trigger-gateway")
KINDS = sorted(SOURCES)
LARGE = 30 * 2**20
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
BODIES = {
    "nothing": (b"", JSON),
    "no JSON": (b"{]", JSON),
    "JSON 100,000 deep": (b"[" * 100_000 + b"]" * 100_000, JSON),
    "objects 100,000 deep": (b'{"a":' * 100_000, JSON),
    "invalid UTF-8": (b'{"a": "\xff\xfe"}', JSON),
    "NUL": (b'{"id": "\\u0000", "a\\u0000": 1}', JSON),
    "a lone surrogate": (b'{"id": "\\ud800"}', JSON),
    "a number without end": (b"9" * 500_000, JSON),
    "infinity": (b'{"n": 1e999}', JSON),
    "10,000 parts": (PART * 10_000 + b"--x--\r\n", "multipart/form-data; boundary=x"),
    "parts without an end": (PART * 20, "multipart/form-data; boundary=x"),
    "no boundary": (PART, "multipart/form-data"),
    "a form of 50,000 fields": (b"a=b&" * 50_000, FORM),
    "a form that is not UTF-8": (b"name=%ff&phone=\xff", FORM),
    "a form with NUL": (b"name=%00&%00=x", FORM),
    "bytes": (bytes(range(256)) * 16, "application/octet-stream"),
    "an odd type": (b"{}", "text/html; charset=\xff, ;;;"),
}


def record(door: Any, kind: str, revision: int, **settings: Any) -> ConfigChanged:
    sealed = {"a": door.sealer.seal(SECRET, f"source/{kind}/a")}
    told = {"id": kind, "kind": kind, "token": TOKEN, "secrets": sealed, "settings": settings}
    data = Source.model_validate(told).model_dump(mode="json")
    return ConfigChanged(kind="source", id=kind, revision=revision, data=data, changed_at=datetime.now(UTC))


async def opened(started: Any, **more: Any) -> Any:
    """Start a gateway with a source of every kind."""
    door = await started("serve", **more)
    settings = {"webhook": {"check": "standard"}, "mailbox": {"host": "127.0.0.1", "user": "shop"}}
    await door.configure(*(record(door, kind, 900 + n, **settings.get(kind, {})) for n, kind in enumerate(KINDS)))
    return door


@pytest.fixture
async def doors(started: Any) -> Any:
    return await opened(started)


def signed(body: bytes, late: float = 0) -> dict[str, str]:
    at = time.time() - late
    signature = Webhook(SECRET).sign("msg_1", datetime.fromtimestamp(at, UTC), body.decode())
    return {"webhook-id": "msg_1", "webhook-timestamp": str(int(at)), "webhook-signature": signature}


async def raw(door: Any, *pieces: bytes, pause: float = 0) -> bytes:
    """Send bytes as they are, piece by piece; give what is answered first."""
    reader, writer = await asyncio.open_connection(door.http.base_url.host, door.http.base_url.port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)
    answer = await asyncio.wait_for(reader.read(65_536), 60)
    writer.close()
    return answer


async def test_no_body_of_any_kind_gets_a_5xx_and_what_is_refused_is_not_kept(doors: Any) -> None:
    for kind in KINDS:
        for name, (body, media) in BODIES.items():
            headers = {b"content-type": media.encode("latin-1")}
            answer = await doors.http.post(f"/in/{kind}/{TOKEN}", content=body, headers=headers)
            assert answer.status_code < 500, (kind, name, answer.text)
            if answer.status_code >= 400:
                described = answer.headers["content-type"].startswith(("application/problem+json", "text/html"))
                assert described, (kind, name, answer.text)
    kept = await doors.rows("SELECT source, body FROM delivery UNION SELECT source, body FROM quarantined")
    # A form takes any text, and a token-only kind what it can read; nothing else got in.
    assert {row["source"] for row in kept} <= {"form"}


async def test_what_was_signed_too_long_ago_or_for_later_is_refused(doors: Any) -> None:
    body = b'{"a": 1}'
    # What is for later comes nearer while it is sent, on a slow machine by seconds.
    for late in (302, 86_400, -400):
        answer = await doors.http.post(f"/in/webhook/{TOKEN}", content=body, headers=signed(body, late))
        assert answer.status_code == 401
    assert await doors.kept_nothing()


async def test_a_tampered_byte_is_refused_and_every_wrong_signature_alike(doors: Any) -> None:
    body, good = b'{"a": 1}', signed(b'{"a": 1}')
    wrong = [
        await doors.http.post(f"/in/webhook/{TOKEN}", content=changed, headers=headers)
        for changed, headers in (
            (b'{"a": 2}', good),
            (body + b"\n", good),
            (body, {**good, "webhook-id": "msg_2"}),
            (body, {**good, "webhook-signature": ""}),
            (body, {**good, "webhook-signature": "v1,!!!"}),
            (body, {}),
            (b"\xff", good),
        )
    ]
    assert {answer.status_code for answer in wrong} == {401}
    assert len({answer.content for answer in wrong}) == 1
    assert await doors.kept_nothing()


async def test_nothing_in_an_answer_tells_whether_an_endpoint_exists(doors: Any) -> None:
    body = b'{"a": 1}'
    attempts: list[dict[str, Any]] = [
        {"content": body},
        {"content": body, "headers": signed(body)},
        {"content": gzip.compress(body), "headers": {"content-encoding": "gzip"}},
        {"content": b" " * 1_100_000},
        {"content": b"\xff", "headers": {"content-type": "x"}},
        {"content": body, "headers": {f"x-{n}": "y" for n in range(120)}},
    ]
    for attempt in attempts:
        paths = ["/in/nobody/guessed-token-0123456789", *(f"/in/{kind}/guessed-token-0123456789" for kind in KINDS)]
        answers = [await doors.http.post(path, **attempt) for path in paths]
        assert len({(a.status_code, a.content, a.headers["content-type"]) for a in answers}) == 1, attempt
        assert answers[0].status_code in {404, 413, 415, 431}


async def test_a_packed_body_is_refused_before_it_is_unpacked(doors: Any) -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    packings = ("gzip", "deflate", "br", "zstd", "gzip, gzip", "x")
    for kind, packing in itertools.product(KINDS, packings):
        headers = {"content-encoding": packing, "content-type": JSON}
        answer = await doors.http.post(f"/in/{kind}/{TOKEN}", content=bomb, headers=headers)
        assert answer.status_code == 415
    assert await doors.kept_nothing()


async def test_a_body_that_comes_too_slowly_is_cut_off_and_others_do_not_wait(started: Any) -> None:
    doors = await opened(started, body_seconds=6)
    head = f"POST /in/token/{TOKEN} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n".encode()
    slow = [asyncio.create_task(raw(doors, head, *[b"a"] * 4, pause=0.15)) for _ in range(50)]
    await asyncio.sleep(0.5)
    answer = await doors.http.post(f"/in/webhook/{TOKEN}", content=b"{}", headers=signed(b"{}"))
    assert answer.status_code == 200
    assert not any(one.done() for one in slow)
    answers = await asyncio.gather(*slow)
    assert all(one.startswith(b"HTTP/1.1 408 ") for one in answers), set(answers)


async def test_headers_that_are_none_are_refused_by_the_server(doors: Any) -> None:
    head = f"POST /in/webhook/{TOKEN} HTTP/1.1\r\nHost: x\r\n".encode()
    for header in (b"X-A: a\r\nX-B\x00: b", b"X-A: a\x00b", b"X A: b", b"X-A: a\rX-B: b", b"Content-Length: 5"):
        answer = await raw(doors, head + header + b"\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 4"), (header, answer)
    assert await doors.kept_nothing()


async def test_a_name_in_an_address_gets_into_no_header_and_no_log_line(doors: Any) -> None:
    for path in (
        "/in/x%0d%0aSet-Cookie:%20a/y",
        "/in/%00/%00",
        "/in/webhook/%ff",
        "/in/a%2fb/c",
        f"/in/webhook/{TOKEN}/",
    ):
        answer = await doors.http.post(path, content=b"{}")
        assert answer.status_code in {404, 307}, path
        assert "set-cookie" not in answer.headers


async def test_too_many_or_too_long_headers_are_refused(doors: Any) -> None:
    for headers in ({f"x-{n}": "y" for n in range(120)}, {"x-long": "y" * 70_000}):
        answer = await doors.http.post(f"/in/webhook/{TOKEN}", content=b"{}", headers=headers)
        assert answer.status_code in {400, 431}


async def test_fifty_deliveries_of_one_event_at_once_are_one_signal(doors: Any) -> None:
    body = json.dumps({"event": "paid"}).encode()
    headers = signed(body)
    answers = await asyncio.gather(
        *(doors.http.post(f"/in/webhook/{TOKEN}", content=body, headers=headers) for _ in range(50))
    )
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b'{"received":true}')}
    assert await doors.rows("SELECT repeats FROM delivery") == [{"repeats": 49}]
    assert len(await doors.signals()) == 1
    assert await doors.rows("SELECT id FROM quarantined") == []


@pytest.fixture
async def command(deployment: Any) -> AsyncIterator[tuple[httpx.AsyncClient, psutil.Process]]:
    """Give the gateway as an operator runs it, a process of its own."""
    port = free_port()
    environment = {
        "TRIGGER_GATEWAY_DATABASE_URL": await deployment.database(VERSIONS),
        "TRIGGER_GATEWAY_PORT": str(port),
        "TRIGGER_GATEWAY_CRM_API_TOKEN": "gateway-token",
        "KAFKA_BOOTSTRAP_SERVERS": deployment.stack.kafka,
        "KAFKA_PARTITIONS": "2",
        "TOPIC_PREFIX": deployment.prefix,
        "SECRET_KEY": "c2lnbmFsYm94LXRlc3RzLWtleS0zMi1ieXRlcy1sb24=",
        "LOG_LEVEL": "WARNING",
    }
    quiet = asyncio.subprocess.DEVNULL
    running = await asyncio.create_subprocess_exec(COMMAND, "serve", env=os.environ | environment, stdout=quiet)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        await eventually(lambda: answers(http))
        yield http, psutil.Process(running.pid)
    running.send_signal(signal.SIGTERM)
    await asyncio.wait_for(running.wait(), 60)


async def answers(http: httpx.AsyncClient) -> bool:
    """Say whether it serves."""
    try:
        return (await http.get("/livez")).status_code in {200, 503}
    except httpx.TransportError:
        return False


async def test_bodies_of_thirty_megabytes_are_refused_in_flat_memory(
    command: tuple[httpx.AsyncClient, psutil.Process],
) -> None:
    http, process = command

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LARGE // 2**16):
            yield b"[" * 2**16

    async def send(n: int) -> int:
        content = b"[" * LARGE if n % 2 else endless()
        return (await http.post(f"/in/any/{TOKEN}", content=content)).status_code

    assert {await send(n) for n in range(2)} == {413}
    before = process.memory_info().rss
    assert set(await asyncio.gather(*(send(n) for n in range(12)))) == {413}
    assert process.memory_info().rss - before < 16 * 2**20
