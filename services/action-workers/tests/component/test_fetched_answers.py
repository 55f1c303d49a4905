"""Answers of web services, for later rules: read, refused in words, asked again only where that does no harm."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from action_workers.testing import Desk
from contracts.actions import Recipient

READ = {"size": "query.size", "first": "headers.accept", "nothing": "query.colour", "whole": "query"}


@pytest.fixture
async def web(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    return await open_desk("webhook")


def fetch(web: Desk, path: str = "/web/prices?size=M", **params: Any) -> Any:
    told = {"url": path if "//" in path else f"{web.sim.http}{path}", "read": READ, **params}
    return web.action(Recipient(whom="web", name="127.0.0.1"), params=told)


async def failed(web: Desk, action: Any) -> str:
    await web.take(action)
    (outcome,) = await web.work("failed")
    assert outcome.results == {}
    return outcome.reason


@pytest.mark.req("C7")
async def test_parts_of_the_answer_are_results_and_what_is_not_there_is_left_out(web: Desk) -> None:
    await web.take(fetch(web, headers={"X-Shop": "1"}))
    (outcome,) = await web.work("sent")
    assert outcome.results == {"status": 200, "size": "M", "first": "application/json", "whole": {"size": "M"}}
    (asked,) = web.sim.web.accepted
    assert (asked.method, asked.headers["x-shop"], asked.body) == ("GET", "1", None)
    assert "idempotency-key" not in asked.headers


async def test_a_post_sends_its_body_and_the_effect_as_its_key(web: Desk) -> None:
    await web.take(fetch(web, method="POST", body={"title": "Oak", "n": [1]}, read={"title": "body.title"}))
    (outcome,) = await web.work("sent")
    assert outcome.results == {"status": 200, "title": "Oak"}
    (asked,) = web.sim.web.accepted
    assert (asked.body, asked.headers["idempotency-key"]) == ({"title": "Oak", "n": [1]}, str(outcome.effect))


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_service_that_cannot_now_is_asked_again_when_it_says(web: Desk, method: str) -> None:
    web.sim.fail("web", "status", code=429, retry_after=0)
    web.sim.fail("web", "status", code=503)
    await web.take(fetch(web, method=method, read={}))
    (outcome,) = await web.work("sent")
    assert (outcome.attempts, outcome.results) == (3, {"status": 200})


async def test_what_is_refused_or_cannot_be_read_fails_in_words(web: Desk) -> None:
    web.sim.fail("web", "status", code=404, body="no such price")
    assert await failed(web, fetch(web)) == 'it refused with 404: {"error":"no such price"}'


async def test_an_answer_that_is_no_json_fails_in_words(web: Desk) -> None:
    web.sim.fail("web", "garbage")
    assert await failed(web, fetch(web)) == "it answered 200, with something that is no JSON"


async def test_a_post_whose_results_are_too_large_to_travel_is_a_doubt_in_words(web: Desk) -> None:
    body = {"long": "x" * 21_000}
    await web.take(fetch(web, method="POST", body=body, read={"long": "body.long"}))
    (outcome,) = await web.work("uncertain")
    words = "it answered 200; what is read of it is 21012 bytes, and may be 20000"
    assert (outcome.reason, outcome.results) == (f"{words}; what it was asked may be done", {})
    assert len(web.sim.web.accepted) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://10.0.0.1/x", "10.0.0.1 leads inside, where rules may not ask"),
        ("http://169.254.169.254/latest/meta-data", "leads inside"),
        ("http://localhost:{port}/web/x", "port"),
        ("ftp://shop.example/", "it begins with https:// or http://"),
    ],
)
async def test_what_leads_inside_fails_in_words_and_nothing_is_touched(web: Desk, url: str, words: str) -> None:
    port = web.sim.http.rpartition(":")[2]
    assert words in await failed(web, fetch(web, url.replace("{port}", port)))
    assert not web.sim.web.accepted
