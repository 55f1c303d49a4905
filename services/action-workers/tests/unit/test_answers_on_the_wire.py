"""What web services answer, byte by byte: half, packed, too long, elsewhere, and what a receiver says to a try."""

import gzip
import ssl
import tracemalloc
from datetime import timedelta

import httpcore
import httpx
import pytest
from action_workers.answers import Busy, Down, Uncertain
from action_workers.guarded import LARGEST_ANSWER, Allowed, Guard, is_cut_off
from action_workers.providers.web import Web, WebAccount
from action_workers.providers.webhook import Webhook
from action_workers.testing import SECRET
from chassis.errors import Rejected, Retryable

URL = "http://127.0.0.1/hooks"
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture(autouse=True)
def one_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients share what they hold for TLS, which is read from disk else, and not needed here."""
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: CONTEXT)


def guard(*said: bytes) -> Guard:
    """Give a way to one host, which says this to whatever it is asked."""
    return Guard(Allowed(inside=frozenset({"127.0.0.1"})), httpcore.AsyncMockBackend(list(said)))


def web(*said: bytes) -> Web:
    asking = Web(WebAccount())
    asking._guard = guard(*said)
    return asking


def hook(*said: bytes, base_url: str = URL) -> Webhook:
    receiver = Webhook.of("shop", {"secret": SECRET, "base_url": base_url})
    receiver._guard = guard(*said)
    return receiver


def whole(body: bytes, *headers: bytes) -> bytes:
    return b"".join((OK, *(h + b"\r\n" for h in headers), b"Content-Length: %d\r\n\r\n" % len(body), body))


async def test_what_says_that_it_is_packed_is_not_unpacked() -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    tracemalloc.start()
    answer = await guard(whole(bomb, b"Content-Encoding: gzip")).ask("GET", URL, {})
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.content == bomb
    assert most < 5_000_000


@pytest.mark.parametrize("packing", [b"gzip", b"deflate", b"br", b"gzip, gzip", b"x"])
async def test_what_only_says_that_it_is_packed_is_read_as_it_is(packing: bytes) -> None:
    answer = await web(whole(b'{"a": 1}', b"Content-Encoding: " + packing)).ask("GET", URL, {}, None)
    assert answer.json() == {"a": 1}


NOBODY_KNOWS = {
    "nothing": b"",
    "no HTTP": b"220 mail.example ESMTP\r\n",
    "half a head": OK + b"Content-Le",
    "two lengths": OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "a head without end": OK + b"X-A: " + b"a" * 200_000,
}


@pytest.mark.parametrize("said", NOBODY_KNOWS.values(), ids=NOBODY_KNOWS)
async def test_who_took_it_and_gave_no_whole_answer_may_have_done_it(said: bytes) -> None:
    with pytest.raises(Uncertain, match="may have taken it"):
        await web(said).ask("POST", URL, {}, b"{}")


async def test_an_answer_may_be_so_long_and_not_one_byte_longer() -> None:
    assert len((await guard(whole(b"x" * LARGEST_ANSWER)).ask("GET", URL, {})).content) == LARGEST_ANSWER
    longer = await web(whole(b"x" * (LARGEST_ANSWER + 1))).ask("GET", URL, {}, None)
    assert (longer.status_code, is_cut_off(longer)) == (200, True)


async def test_what_a_status_says_does_not_hang_on_how_long_its_page_is() -> None:
    page = b"Content-Length: %d\r\n\r\n" % (LARGEST_ANSWER + 1) + b"x" * (LARGEST_ANSWER + 1)
    with pytest.raises(Down, match="it answered 503"):
        await web(b"HTTP/1.1 503 Away\r\n" + page).ask("POST", URL, {}, b"{}")
    with pytest.raises(Rejected, match="it refused with 404: xxx"):
        await web(b"HTTP/1.1 404 Gone\r\n" + page).ask("POST", URL, {}, b"{}")


async def test_what_comes_before_the_answer_is_none() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    assert (await web(early, whole(b"{}")).ask("GET", URL, {}, None)).status_code == 200


@pytest.mark.parametrize(
    ("status", "headers", "kind", "after", "words"),
    [
        (b"301 Moved", b"Location: https://b.example/x\r\n", Rejected, None, "(301), which is not followed"),
        (b"302 Found", b"", Rejected, None, "leads elsewhere (302)"),
        (b"304 Same", b"", Rejected, None, "leads elsewhere (304)"),
        (b"400 No", b"", Rejected, None, "it refused with 400"),
        (b"410 Gone", b"", Rejected, None, "it refused with 410"),
        (b"408 Slow", b"", Retryable, None, "it answered 408"),
        (b"429 Much", b"", Busy, None, "it answered 429"),
        (b"429 Much", b"Retry-After: 9\r\n", Busy, 9, "it answered 429"),
        (b"502 No", b"", Down, None, "it answered 502"),
        (b"503 No", b"Retry-After: 9\r\n", Busy, 9, "it answered 503"),
    ],
)
async def test_what_is_no_acceptance_is_later_or_never(
    status: bytes, headers: bytes, kind: type[Exception], after: int | None, words: str
) -> None:
    said = b"HTTP/1.1 " + status + b"\r\n" + headers + b"Content-Length: 0\r\n\r\n"
    with pytest.raises(kind) as caught:
        await web(said).ask("POST", URL, {}, b"{}")
    assert type(caught.value) is kind
    assert words in str(caught.value)
    assert getattr(caught.value, "after", None) == (None if after is None else timedelta(seconds=after))


async def test_of_a_refusal_its_first_words_are_told_on_one_line() -> None:
    body = b"no\r\n\tsuch   order " + "é".encode() * 500
    said = b"HTTP/1.1 404 No\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with pytest.raises(Rejected) as refused:
        await web(said).ask("GET", URL, {}, None)
    assert refused.value.reason == "it refused with 404: no such order " + "é" * 186


@pytest.mark.parametrize(
    ("base", "url", "address"),
    [
        ("https://a.example/hooks", "", "https://a.example/hooks"),
        ("https://a.example/hooks/", "", "https://a.example/hooks/"),
        ("https://a.example/hooks/", "/orders", "https://a.example/hooks/orders"),
        (
            "https://a.example/hooks",
            "orders?to=https://b.example/x",
            "https://a.example/hooks/orders?to=https://b.example/x",
        ),
        ("https://a.example/hooks", "https://b.example/x", "https://b.example/x"),
        ("https://a.example/hooks", "HTTP://b.example/x", "HTTP://b.example/x"),
        ("", "https://b.example/x", "https://b.example/x"),
        ("", "orders", "orders"),
    ],
)
def test_a_path_stands_below_the_connection_s_own_address(base: str, url: str, address: str) -> None:
    assert hook(base_url=base).address(url) == address


def said(status: bytes, location: bytes | None = None) -> bytes:
    where = b"" if location is None else b"Location: " + location + b"\r\n"
    return b"HTTP/1.1 " + status + b"\r\n" + where + b"Content-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (said(b"200 OK"), "answers 200 to a signed request"),
        (said(b"405 No"), "answers 405 to a request for its headers alone"),
        (said(b"302 Found", b"/login"), "answers 302 to a request for its headers alone"),
        (said(b"307 Here", b"http://127.0.0.1/hooks/"), "answers 307"),
        (said(b"308 Here", b""), "answers 308"),
    ],
)
async def test_a_receiver_that_is_there_works(answer: bytes, words: str) -> None:
    works = await hook(answer).check()
    assert works is not None
    assert words in works.words


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (said(b"401 No"), Rejected, "refuses us (401); give the receiver the secret"),
        (said(b"302 Found", b"https://b.example/hooks"), Rejected, "write the other address: https://b.example/hooks"),
        (said(b"302 Found"), Rejected, "leads elsewhere (302)"),
        (said(b"304 Same"), Rejected, "leads elsewhere (304)"),
        (said(b"300 Choose", b"/a"), Rejected, "leads elsewhere (300)"),
        (said(b"302 Found", b"http://[::1"), Rejected, "leads elsewhere (302)"),
        (said(b"429 Much"), Retryable, "it answered 429"),
        (said(b"500 No"), Retryable, "it answered 500"),
        (b"", Retryable, "did not answer"),
    ],
)
async def test_a_receiver_that_is_elsewhere_or_in_trouble_does_not(
    answer: bytes, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind) as caught:
        await hook(answer).check()
    assert words in str(caught.value)
