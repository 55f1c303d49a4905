"""Access tokens that end: renewed once for all who ask, in time, and what odd answers to that mean."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from action_workers.answers import Busy, Down
from action_workers.providers import asking, oauth
from action_workers.providers.google import GoogleAccount
from action_workers.providers.oauth import MARGIN, Tokens
from action_workers.testing import answering
from chassis.errors import Rejected

Far = Callable[[httpx.Request], httpx.Response]


def tokens(far: Far, **account: Any) -> tuple[Tokens, list[httpx.Request]]:
    """Give tokens, and what is asked for them."""
    known = {"account": "1234567890", "refresh_token": "refresh", "client_id": "us", "client_secret": "s", **account}
    with answering(far) as asked:
        http = asking.client("https://ads.example")
    return Tokens(http, "Google", GoogleAccount.model_validate(known)), asked


def gives(lasts: Any = 3600) -> Far:
    """Give tokens that are numbered."""
    count = iter(range(1, 100))
    more = {} if lasts is None else {"expires_in": lasts}
    return lambda _: httpx.Response(200, json={"access_token": f"t{next(count)}", **more})


def refusal(token: str) -> httpx.Response:
    """Give an answer that refuses a token."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Response(401, request=httpx.Request("POST", "https://ads.example", headers=headers))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Give a clock for tokens alone; `now` is set by the test."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(oauth, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


async def test_those_who_ask_at_once_have_one_token() -> None:
    asked: list[httpx.Request] = []

    async def slow(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        await asyncio.sleep(0)
        return gives()(request)

    held, _ = tokens(gives())
    held._http = httpx.AsyncClient(transport=httpx.MockTransport(slow))
    assert await asyncio.gather(*(held.token() for _ in range(20))) == ["t1"] * 20
    (request,) = asked
    assert dict(httpx.QueryParams(request.content.decode())) == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh",
        "client_id": "us",
        "client_secret": "s",
    }


@pytest.mark.parametrize(("lasts", "holds"), [(600, 600.0), (None, 3600.0), ("600", 3600.0), (0, 3600.0)])
async def test_a_token_is_renewed_before_it_is_refused(clock: SimpleNamespace, lasts: Any, holds: float) -> None:
    held, _ = tokens(gives(lasts))
    assert await held.token() == "t1"
    clock.now += holds - MARGIN
    assert await held.token() == "t1"
    clock.now += 0.1
    assert await held.token() == "t2"


async def test_a_token_that_ends_at_once_is_good_for_one_request() -> None:
    held, _ = tokens(gives(30))
    assert [await held.token() for _ in range(3)] == ["t1", "t2", "t3"]


async def test_a_token_of_the_connection_holds_until_it_is_refused(clock: SimpleNamespace) -> None:
    held, _ = tokens(gives(), access_token="first")
    clock.now += 1_000_000
    assert await held.token() == "first"
    assert await held.renew(refusal("first"))
    assert await held.token() == "t1"


async def test_without_a_refresh_token_there_is_no_other_one() -> None:
    held, _ = tokens(gives(), access_token="only", refresh_token=None)
    assert not await held.renew(refusal("only"))
    assert await held.token() == "only"


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, {"error": "invalid_grant", "error_description": "Token was revoked."}, "(Token was revoked.)"),
        (401, {"error": "invalid_client"}, "(invalid_client)"),
        (400, "no object", "(400)"),
        (302, {}, "(302)"),
        (200, {"error": "invalid_grant"}, "(invalid_grant)"),
        (200, {"access_token": None}, "(200)"),
        (200, {"access_token": 5}, "(200)"),
        (200, ["t1"], "(200)"),
    ],
)
async def test_where_there_is_no_token_a_person_must_authorise_it_again(status: int, body: Any, words: str) -> None:
    held, _ = tokens(lambda _: httpx.Response(status, json=body))
    with pytest.raises(Rejected, match="refuses the refresh token of the connection; authorise it again") as refused:
        await held.token()
    assert refused.value.reason.endswith(words)
    assert "refresh'" not in refused.value.reason


def silent(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("slow", request=request)


@pytest.mark.parametrize(
    ("far", "kind", "after"),
    [
        (lambda _: httpx.Response(503), Down, None),
        (lambda _: httpx.Response(429, headers={"retry-after": "30"}), Busy, 30),
        (silent, Down, None),
    ],
)
async def test_trouble_on_the_way_to_a_token_did_nothing_and_is_tried_again(
    far: Far, kind: type[Exception], after: int | None
) -> None:
    answers = iter((far, gives()))

    def one_after_the_other(request: httpx.Request) -> httpx.Response:
        return next(answers)(request)

    held, _ = tokens(one_after_the_other)
    with pytest.raises(kind) as caught:
        await held.token()
    assert getattr(caught.value, "after", None) == (None if after is None else timedelta(seconds=after))
    assert await held.token() == "t1"


async def test_who_hears_late_of_a_refusal_leaves_the_token_that_others_have_renewed() -> None:
    held, asked = tokens(gives(), access_token="first")
    refusals = [refusal(await held.token()) for _ in range(2)]
    assert await held.renew(refusals[0])
    assert await held.token() == "t1"
    assert await held.renew(refusals[1])
    assert await held.token() == "t1"
    assert len(asked) == 1
    assert await held.renew(refusal("t1"))
    assert await held.token() == "t2"
