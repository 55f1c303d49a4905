"""What is read of a web service's answer: what can be kept and travels, else words."""

import json
from typing import Any

import httpx
import pytest
from action_workers.actions.http_fetch import found, is_harmless
from action_workers.actions.send_webhook import answered
from action_workers.guarded import CUT_OFF
from action_workers.providers.web import accepted
from chassis.errors import Rejected


def answer(content: bytes) -> httpx.Response:
    return httpx.Response(200, content=content)


@pytest.mark.parametrize(
    ("read", "part"),
    [
        ("data.price", 12.5),
        ("data.items[0].name", "Oak"),
        ("data.items[?n > `1`].name | [0]", "Elm"),
        ("length(data.items)", 2),
        ("data", {"price": 12.5, "items": [{"name": "Oak", "n": 1}, {"name": "Elm", "n": 2}], "no": None}),
    ],
)
def test_a_part_is_found_wherever_it_is(read: str, part: Any) -> None:
    body = {"data": {"price": 12.5, "items": [{"name": "Oak", "n": 1}, {"name": "Elm", "n": 2}], "no": None}}
    assert found(answer(json.dumps(body).encode()), {"it": read}) == {"it": part}
    assert found(answer(json.dumps(body).encode()), {"it": "data.no", "else": "data.x.y"}) == {}


@pytest.mark.parametrize(
    ("content", "read", "words"),
    [
        (b"<html>", "a", "no JSON"),
        (b"", "a", "no JSON"),
        (b"\xff\xfe", "a", "no JSON"),
        (b'{"a": NaN}', "a", "no JSON"),
        (b'{"a": ' + b"1" * 5000 + b"}", "a", "no JSON"),
        (b"[" * 100_000, "a", "no JSON"),
        (b'{"a": "b\\u0000c"}', "a", "cannot be kept"),
        (b'{"a": "\\ud800"}', "a", "cannot be kept"),
        (b'{"a": 1e999}', "a", "cannot be kept"),
        (b'{"a": "x"}', "length(b)", "cannot be read"),
        (b'{"a": "%s"}' % (b"x" * 20_000), "a", "may be 20000"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(content: bytes, read: str, words: str) -> None:
    with pytest.raises(Rejected) as refused:
        found(answer(content), {"it": read})
    assert refused.value.reason.startswith("it answered 200")
    assert words in refused.value.reason


def test_an_answer_of_which_nothing_is_read_may_be_anything() -> None:
    assert found(answer(b"\xff"), {}) == {}


def test_only_what_changes_nothing_is_asked_again() -> None:
    assert is_harmless({"url": "https://x.example"})
    assert is_harmless({"method": "GET"})
    assert not is_harmless({"method": "POST"})


def test_of_an_answer_that_was_cut_off_nothing_is_read() -> None:
    cut = httpx.Response(200, content=b'{"a": 1}', extensions={CUT_OFF: True})
    with pytest.raises(Rejected, match="it answered 200, with more than 1000000 bytes"):
        found(cut, {"it": "a"})
    assert found(cut, {}) == {}
    sent = answered(cut, {"it": "a"})
    assert (sent.results, sent.words.endswith("with more than 1000000 bytes")) == ({"status": 200}, True)


@pytest.mark.parametrize("charset", ["hex", "base64", "undefined", "nonsense", "utf-16-le\x00", "idna", "utf-8"])
def test_a_charset_that_is_none_for_texts_hides_no_refusal(charset: str) -> None:
    headers = [(b"content-type", f"text/plain; charset={charset}".encode())]
    with pytest.raises(Rejected, match="it refused with 404: no such shop"):
        accepted(httpx.Response(404, content=b"no such shop", headers=headers))


def test_a_refusal_is_read_in_its_own_charset() -> None:
    headers = {"content-type": "text/plain; charset=windows-1251"}
    with pytest.raises(Rejected, match="404: нет"):
        accepted(httpx.Response(404, content="нет".encode("cp1251"), headers=headers))
