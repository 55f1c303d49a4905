"""What goes through one account: limits that replicas share, a provider that asks to wait, and one that is down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
from action_workers.testing import Desk, config
from action_workers.traffic import listing
from action_workers.traffic.waiting import Waiting
from chassis.http import Health, application
from chassis.ids import new_id
from chassis.principals import Tokens
from chassis.testing import eventually, running_tasks
from pydantic import SecretStr

HOUR = 3600
# Nobody listens there.
NOBODY = "http://127.0.0.1:1"
SECOND = timedelta(seconds=1)
SLOW = {"retry_first": HOUR, "retry_longest": 2 * HOUR, "retry_jitter": 0}


def numbers(count: int) -> list[str]:
    return [f"+3519100001{n:02d}" for n in range(count)]


async def plan(desk: Desk, count: int, **more: Any) -> None:
    """Order effects of one execution."""
    asked = desk.action(*map(desk.to, numbers(count)), **{"connection": "sms", **more})
    await desk.take(asked.model_copy(update={"execution": new_id()}))


@asynccontextmanager
async def three(desk: Desk) -> AsyncIterator[None]:
    """Let three replicas run."""
    async with running_tasks(*(desk.another().run for _ in range(3))):
        yield


async def attempts(desk: Desk) -> list[tuple[datetime, datetime]]:
    """Give when attempts began and ended, by the database's clock."""
    rows = await desk.rows("SELECT started_at, coalesce(ended_at, 'infinity') AS ended_at FROM attempt ORDER BY 1")
    return [(row["started_at"], row["ended_at"]) for row in rows]


async def account(desk: Desk, name: str = "twilio/sms") -> Any:
    rows = await desk.rows("SELECT *, busy_until - signalbox_now() AS busy FROM account WHERE account = $1", name)
    return rows[0] if rows else None


async def opened(desk: Desk) -> None:
    """Let the time of all that is closed or parked be over."""
    await desk.rows("UPDATE account SET busy_until = NULL, closed_until = signalbox_now() RETURNING account")
    await desk.rows("UPDATE effect SET not_before = signalbox_now() WHERE state = 'planned' RETURNING id")


async def test_three_replicas_together_keep_to_so_many_a_second(sms: Desk) -> None:
    await sms.reconnect("sms", limits={"per_second": 20})
    await plan(sms, 30)
    async with three(sms):
        await sms.ended()
    began = [start for start, _ in await attempts(sms)]
    assert len(began) == len(sms.sim.twilio.accepted) == 30
    assert max(sum(start <= other < start + SECOND for other in began) for start in began) <= 20


async def test_three_replicas_together_keep_to_so_many_at_once(sms: Desk) -> None:
    await sms.reconnect("sms", limits={"at_once": 3})
    sms.sim.fail("twilio", "stall", seconds=0.1, times=15)
    await plan(sms, 15)
    seen: set[int] = set()

    async def over() -> bool:
        states = await sms.states()
        seen.add(states.count("claimed"))
        return states == ["sent"] * 15

    async with three(sms):
        await eventually(over, every=0.005)
    assert max(seen) <= 3
    spans = await attempts(sms)
    assert max(sum(begin <= start < end for begin, end in spans) for start, _ in spans) >= 3


async def test_a_wish_to_wait_holds_all_effects_of_the_account_and_costs_them_no_attempt(sms: Desk) -> None:
    await sms.reconnect("sms", limits={"at_once": 1})
    await other_account(sms)
    sms.sim.fail("twilio", "status", code=429, retry_after=HOUR)
    await plan(sms, 10)
    async with three(sms):

        async def asked_to_wait() -> bool:
            row = await account(sms)
            return row is not None and row["busy"] is not None

        await eventually(asked_to_wait)
        await plan(sms, 5, connection="other")
        await eventually(lambda: sent(sms, "twilio/other", 5))
        assert len(await attempts(sms)) == 1 + 5
        row = await account(sms)
        assert row["busy"] > timedelta(seconds=HOUR - 60)
        assert (row["failures"], "429" in row["why"]) == (0, True)
        await opened(sms)
        await eventually(lambda: sent(sms, "twilio/sms", 10))


async def test_a_provider_that_is_down_is_left_alone_until_one_probe_succeeds(sms: Desk) -> None:
    await sms.reconnect("sms", limits={"at_once": 1, "failures": 3}, base_url=NOBODY, **SLOW)
    await plan(sms, 8)
    async with three(sms):
        await eventually(lambda: stands(sms, closings=1))
        for closings in (2, 3):
            await opened(sms)
            await eventually(lambda closings=closings: stands(sms, closings=closings))  # type: ignore[misc]
        # Three failures closed it, and each probe was one more.
        assert (len(await attempts(sms)), await sms.states()) == (5, ["planned"] * 8)
        assert "cannot be reached" in (await account(sms))["why"]

        await sms.reconnect("sms", base_url=sms.sim.http, limits={"failures": 3})
        sms.sim.fail("twilio", "stall", seconds=0.3)
        await opened(sms)
        await sms.ended()
    _, *later = (await attempts(sms))[4:]
    probe, *others = later
    assert (len(others), all(start >= probe[1] for start, _ in others)) == (7, True)
    assert await stands(sms, closings=0, failures=0, probe=None)


async def test_who_waits_for_an_account_that_is_down_says_why_once(sms: Desk) -> None:
    await sms.reconnect("sms", limits={"at_once": 1, "failures": 2}, base_url=NOBODY, **SLOW)
    claiming = sms.executor.claiming
    claiming.waiting = Waiting("sms", claiming.announcer, patience=timedelta())
    await plan(sms, 5)
    async with sms.working():
        await eventually(lambda: say_why(sms, 5))
    told = [one for one in await sms.outcomes() if one.attempts == 0]
    assert (len(told), len({one.effect for one in told}), {one.state for one in told}) == (3, 3, {"planned"})
    [words] = {one.reason for one in told}
    assert words.startswith("waits: the account twilio/sms does not work now, and is tried again and again (Twi")
    await sms.reconnect("sms", base_url=sms.sim.http, limits={"failures": 2})
    await opened(sms)
    assert {one.reason for one in await sms.work(*["sent"] * 5)} == {""}


async def say_why(desk: Desk, count: int) -> bool:
    return len(await desk.rows("SELECT FROM effect WHERE state = 'planned' AND reason <> ''")) == count


async def test_a_probe_that_dies_with_its_worker_is_followed_by_another(sms: Desk) -> None:
    await plan(sms, 3)
    await sms.rows("INSERT INTO account (account, closings, failures) VALUES ('twilio/sms', 1, 5) RETURNING account")
    assert len((await sms.another().claim(10)).effects) == 1
    assert len((await sms.another().claim(10)).effects) == 0
    await sms.end_claims()
    await sms.rows("UPDATE account SET closed_until = signalbox_now() RETURNING account")
    await sms.stale.turn()
    async with sms.working():
        await sms.ended()
    assert sorted(await sms.states()) == ["sent", "sent", "uncertain"]


async def test_an_account_that_hangs_takes_only_its_own_room(sms: Desk) -> None:
    async with hanging() as address:
        await other_account(sms, base_url=address)
        await plan(sms, 60, connection="other")
        async with sms.working():
            await eventually(lambda: running(sms, sms.executor.concurrency))
            await plan(sms, 60)
            await eventually(lambda: sent(sms, "twilio/sms", 60))
            assert await running(sms, sms.executor.concurrency)
            await sms.rows("UPDATE effect SET expires_at = '2000-01-01' WHERE state = 'planned' RETURNING id")
            for writer in HUNG:
                writer.close()
            await sms.ended()


async def test_what_leads_nowhere_waits_in_no_line_and_fails_in_words(sms: Desk) -> None:
    await plan(sms, 1, connection="gone")
    [outcome] = await sms.work("failed")
    assert "there is no connection 'gone'" in outcome.reason


async def test_what_goes_by_another_account_since_it_was_ordered_is_counted_there(sms: Desk) -> None:
    await plan(sms, 3, connection="")
    assert await lines(sms) == {"twilio/sms"}
    await other_account(sms)
    await sms.configure(config("connection", "sms", {}).model_copy(update={"deleted": True}))
    async with sms.working():
        await sms.ended()
    assert (await sms.states(), await lines(sms)) == (["sent"] * 3, {"twilio/other"})
    assert len(await attempts(sms)) == 3


async def test_limits_that_nobody_can_read_are_said_where_it_fails(sms: Desk) -> None:
    await sms.reconnect("sms", limits={"per_minute": 3})
    await plan(sms, 1)
    [outcome] = await sms.work("failed")
    assert "connection 'sms': limits.per_minute" in outcome.reason


HUNG: list[asyncio.StreamWriter] = []


@asynccontextmanager
async def hanging() -> AsyncIterator[str]:
    """Open a place that takes requests and never answers."""

    async def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        HUNG.append(writer)

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in HUNG:
            writer.close()
        HUNG.clear()


async def other_account(desk: Desk, **settings: Any) -> None:
    """Open a second account at the same provider."""
    async with desk.database.transaction() as tx:
        known = (await desk.config.view(tx)).connections["sms"]
    token = desk.sim.settings.twilio_auth_token.get_secret_value()
    told = {**known.settings, "auth_token": token, "limits": {}, **settings}
    await desk.configure(config("connection", "other", {"id": "other", "provider": "twilio", "settings": told}))


async def sent(desk: Desk, name: str, count: int) -> bool:
    rows = await desk.rows("SELECT FROM effect WHERE account = $1 AND state = 'sent'", name)
    return len(rows) == count


async def running(desk: Desk, count: int) -> bool:
    return len(await desk.rows("SELECT FROM effect WHERE account = 'twilio/other' AND state = 'claimed'")) == count


async def stands(desk: Desk, **fields: Any) -> bool:
    row = await account(desk)
    return row is not None and all(row[name] == value for name, value in fields.items())


async def lines(desk: Desk) -> set[str]:
    return {row["account"] for row in await desk.rows("SELECT account FROM effect")}


async def test_an_operator_sees_how_accounts_stand_and_nobody_else_does(sms: Desk) -> None:
    await sms.reconnect("sms", limits={"at_once": 2})
    await plan(sms, 3)
    assert len((await sms.executor.claim(10)).effects) == 2
    await sms.rows(
        "INSERT INTO account (account, closed_until, closings, failures, why)"
        " VALUES ('smtp/mail', signalbox_now() + interval '1 hour', 1, 5, 'the mail server answered 421')"
        " RETURNING account"
    )
    app = application("workers", Health(sms.database), Tokens({"user:op": SecretStr("t0ken")}))
    app.include_router(listing.router(sms.database))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://workers") as client:
        assert (await client.get("/v1/accounts")).status_code == 401
        known = {"Authorization": "Bearer t0ken"}
        mail, phone = (await client.get("/v1/accounts", headers=known)).json()["accounts"]
        [last] = (await client.get("/v1/accounts?after=smtp/mail&limit=1", headers=known)).json()["accounts"]
    assert (mail["state"], mail["failures"], mail["why"]) == ("closed", 5, "the mail server answered 421")
    assert (phone["account"], phone["state"], phone["running"]) == ("twilio/sms", "open", 2)
    assert last == phone
