"""Requests as they come: exactly as large as they may be, cut off, packed, and what is kept of their headers."""

from datetime import UTC, datetime
from typing import Any

import pytest
from chassis.problems import Problem
from starlette.requests import Request
from trigger_gateway.knocks import (
    MOST_BYTES_OF_HEADERS,
    MOST_HEADERS,
    Bounds,
    Knock,
    knock,
    may_exceed,
    read_headers,
    target_of,
)

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
Headers = list[tuple[bytes, bytes]]


def request(*chunks: bytes, headers: Headers | None = None, ends: bool = True, path: bytes = b"/in/a/b") -> Request:
    """Make a request whose body comes in these pieces; one that does not end is cut off by its sender."""
    told: list[dict[str, Any]] = [{"type": "http.request", "body": one, "more_body": True} for one in chunks]
    told.append({"type": "http.request"} if ends else {"type": "http.disconnect"})
    messages = iter(told)

    async def receive() -> dict[str, Any]:
        return next(messages)

    scope = {"type": "http", "method": "POST", "path": "/in/a/b", "raw_path": path, "query_string": b"a=%20&b"}
    return Request({**scope, "headers": headers or []}, receive)


async def refused(came: Request) -> Problem:
    with pytest.raises(Problem) as caught:
        await knock(came, Bounds(10))
    return caught.value


@pytest.mark.parametrize("chunks", [(), (b"",), (b"0123456789",), (b"01234", b"56789"), (b"0",) * 10, (b"", b"0", b"")])
async def test_a_body_may_be_exactly_so_large_in_however_many_pieces(chunks: tuple[bytes, ...]) -> None:
    came = await knock(request(*chunks), Bounds(10))
    assert came.body == b"".join(chunks)


@pytest.mark.parametrize("chunks", [(b"0123456789a",), (b"0123456789", b"a"), (b"0",) * 11])
async def test_one_byte_more_is_too_large(chunks: tuple[bytes, ...]) -> None:
    problem = await refused(request(*chunks))
    assert (problem.status, problem.detail) == (413, "A body may have 10 bytes.")


@pytest.mark.parametrize(
    ("length", "status"),
    [
        (b"11", 413),
        (b"9" * 5000, 413),
        (b"0000000011", 413),
        (b"-1", 400),
        (b"1e1", 400),
        (b"", 400),
        (b"\xb2", 400),
        (b"5, 5", 400),
    ],
)
async def test_what_a_request_says_of_its_length_is_checked_before_it_is_read(length: bytes, status: int) -> None:
    problem = await refused(request(b"01234", headers=[(b"content-length", length)]))
    assert problem.status == status


async def test_a_sender_that_goes_away_is_told_to_send_all_of_it_again() -> None:
    problem = await refused(request(b"012", ends=False))
    assert (problem.status, problem.title) == (400, "The body ended too soon")


@pytest.mark.parametrize("packing", [b"gzip", b"GZIP", b"br", b"identity, gzip", b"x", b""])
async def test_what_is_packed_is_refused(packing: bytes) -> None:
    assert (await refused(request(b"0", headers=[(b"content-encoding", packing)]))).status == 415


@pytest.mark.parametrize("packing", [b"identity", b" Identity "])
async def test_what_says_that_it_is_not_packed_is_taken(packing: bytes) -> None:
    assert (await knock(request(b"0", headers=[(b"content-encoding", packing)]), Bounds(10))).body == b"0"


def test_headers_of_one_name_are_joined_in_their_order() -> None:
    told = read_headers(request(headers=[(b"x-a", b"1"), (b"x-b", b"\xe9"), (b"x-a", b"2")]))
    assert told == {"x-a": "1, 2", "x-b": "é"}


def test_headers_may_be_so_many_and_so_long_and_no_more() -> None:
    many: Headers = [(b"x-%d" % n, b"y") for n in range(MOST_HEADERS)]
    assert len(read_headers(request(headers=many))) == MOST_HEADERS
    whole: Headers = [(b"x", b"y" * (MOST_BYTES_OF_HEADERS - 1))]
    assert len(read_headers(request(headers=whole))["x"]) == MOST_BYTES_OF_HEADERS - 1
    for more in ([*many, (b"z", b"")], [*whole, (b"z", b"")]):
        with pytest.raises(Problem) as caught:
            read_headers(request(headers=more))
        assert caught.value.status == 431


@pytest.mark.parametrize(
    ("headers", "may"),
    [
        ({"content-length": "9"}, False),
        ({"content-length": "10"}, True),
        ({"content-length": "99"}, True),
        ({"content-length": "123456"}, True),
        ({"content-length": "x9999"}, False),
        ({"content-length": ""}, False),
        ({"transfer-encoding": "chunked"}, True),
        ({}, False),
    ],
)
def test_what_may_become_larger_than_usual_is_known_before_it_is_read(headers: dict[str, str], may: object) -> None:
    assert may_exceed(headers, Bounds(10)) is may


def test_the_target_is_what_was_asked_for_byte_for_byte() -> None:
    assert target_of(request(path=b"/in/a%2fb/c%C3%A9")) == "/in/a%2fb/c%C3%A9?a=%20&b"


def test_credentials_are_not_kept_and_signatures_are() -> None:
    headers = {
        "authorization": "Bearer x",
        "cookie": "a=b",
        "x-telegram-bot-api-secret-token": "s",
        "stripe-signature": "t=1",
        "content-type": "application/json",
    }
    assert set(Knock(b"", headers, AT).kept_headers()) == {"stripe-signature", "content-type"}


@pytest.mark.parametrize(
    ("kind", "media"),
    [("Text/HTML; charset=x", "text/html"), ("", ""), (" application/json ", "application/json"), (";a=b", "")],
)
def test_the_type_of_a_body_is_read_without_its_parameters(kind: str, media: str) -> None:
    assert Knock(b"", {"content-type": kind}, AT).media_type == media
