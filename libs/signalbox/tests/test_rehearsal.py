"""A rehearsal steps exactly to what is due, waits until it has happened, and says what does not come to its end."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import pytest
from chassis import schema
from chassis.kafka import make_topics
from chassis.migrations import set_clock
from chassis.replay import partitions_of
from chassis.testing import Deployment
from contracts.topics import COMMANDS
from signalbox.rehearsal import NoRehearsal, NotQuiet, Rehearsal, Stepping, opened
from signalbox.rehearsal.lag import Lag
from signalbox.rehearsal.quiet import Quiet
from signalbox.settings import DATABASES
from stack import Stack
from typing_extensions import override

from .conftest import Prompt

PARTS = (*schema.CLOCK_1, *schema.OUTBOX_1, *schema.CONFIG_1)
EFFECT = (
    "CREATE TABLE effect (kind text, state text, not_before timestamptz, at timestamptz, account text DEFAULT '?',"
    " action text, connection text, params jsonb DEFAULT '{}', reason text DEFAULT '')"
)
WAITS = (
    "INSERT INTO effect (kind, state, at, action, connection, params, reason)"
    " SELECT 'ad-audience', 'buffered', now(), 'add-to-audience', 'yandex', '{\"audience\": \"55\"}', $1"
    " FROM generate_series(1, $2)"
)
ACCOUNT = "CREATE TABLE account (account text PRIMARY KEY, busy_until timestamptz, closed_until timestamptz)"
TIMED = ("crm-api", "rule-scheduler", "action-workers")
ANNOUNCE = "SELECT nextval(pg_get_serial_sequence('outbox', 'seq'))"
SET = "INSERT INTO timer VALUES ($1, $2, signalbox_now() + $3, $4)"
RECORD = "INSERT INTO config VALUES ($1, $2, $3, false, '{}', 'user:ann', signalbox_now())"
FOLLOW = 'UPDATE clock SET "offset" = $1'
FIRE = (
    "DELETE FROM timer WHERE due_at <= signalbox_now() AND payload <> 'held' RETURNING lane, due_at, signalbox_now() n"
)
SEND = "DELETE FROM effect WHERE state = 'planned' AND not_before <= signalbox_now()"
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Played:
    """Four databases as services have them, a crm-api that moves their clocks, and somebody who fires timers."""

    urls: dict[str, str]
    connections: dict[str, asyncpg.Connection] = field(default_factory=dict)
    behind: set[str] = field(default_factory=set)
    revision: int = 0
    fired: list[tuple[str, datetime, datetime]] = field(default_factory=list)

    async def set(self, service: str, lane: str, after: timedelta, payload: bytes = b"") -> UUID:
        """Set a timer."""
        await self.connections[service].execute(SET, id_ := uuid4(), lane, after, payload)
        return id_

    async def move(self, request: httpx.Request) -> httpx.Response:
        """Answer as crm-api does; those who are behind do not follow."""
        seconds = float(re.findall(r"PT([\d.]+)S", request.content.decode())[0])
        await self.record("clock", offset=timedelta(seconds=seconds))
        return httpx.Response(200, json={})

    async def record(self, kind: str, *, offset: timedelta | None = None) -> None:
        """Write a config record, and let the others copy it."""
        self.revision += 1
        await self.connections["crm-api"].execute(ANNOUNCE)
        for service in self.urls.keys() - self.behind:
            connection = self.connections[service]
            if offset is not None:
                await connection.execute(FOLLOW, offset)
            await connection.execute(RECORD, kind, str(self.revision), self.revision)

    @asynccontextmanager
    async def firing(self) -> AsyncIterator[None]:
        """Fire what is due while the block lasts."""
        task = asyncio.create_task(self._fire())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _fire(self) -> None:
        workers = [await asyncpg.connect(self.urls[service]) for service in TIMED]
        try:
            while True:
                for worker in workers:
                    self.fired += [(row["lane"], row["due_at"], row["n"]) for row in await worker.fetch(FIRE)]
                await workers[-1].execute(SEND)
                await asyncio.sleep(0.005)
        finally:
            for worker in workers:
                worker.terminate()


@pytest.fixture
async def played(deployment: Deployment) -> AsyncIterator[Played]:
    urls = {}
    for service in DATABASES:
        name = f"rehearsal_{uuid4().hex[:8]}"
        await deployment.stack.create_database(name)
        deployment.databases.append(name)
        urls[service] = deployment.stack.database(name)
    play = Played(urls)
    for service, url in urls.items():
        play.connections[service] = await asyncpg.connect(url)
        for statement in (*PARTS, *(schema.TIMERS_1 if service in TIMED else ())):
            await play.connections[service].execute(statement)
        await set_clock(url, rehearsal=True)
    await play.connections["action-workers"].execute(EFFECT)
    await play.connections["action-workers"].execute(ACCOUNT)
    yield play
    for connection in play.connections.values():
        connection.terminate()


@pytest.fixture(scope="module")
async def broker(stack: Stack) -> AsyncIterator[Deployment]:
    """A deployment whose topics are there; making them for each test would take longer than the tests."""
    own = Deployment(stack, {})
    own.made += await make_topics(own.kafka)
    yield own
    await own.close()


@pytest.fixture
async def stepping(played: Played, broker: Deployment) -> AsyncIterator[Stepping]:
    transport = httpx.MockTransport(played.move)
    connections = {service: await asyncpg.connect(url) for service, url in played.urls.items()}
    async with httpx.AsyncClient(base_url="http://crm", transport=transport) as crm, Lag(broker.kafka) as lag:
        rehearsal = Rehearsal(connections, crm, lag, frozenset(TIMED), ZoneInfo("UTC"))
        yield Stepping(rehearsal, patience=60 * SECOND)
    for connection in connections.values():
        connection.terminate()


async def test_each_step_goes_to_the_next_moment_of_any_service_and_the_last_to_the_end(
    played: Played, stepping: Stepping
) -> None:
    began = await stepping.now()
    await played.set("rule-scheduler", "fire", HOUR)
    await played.set("rule-scheduler", "fire", 2 * DAY)
    await played.set("crm-api", "jobs", DAY)
    parked = "INSERT INTO effect VALUES ('sms', 'planned', signalbox_now() + interval '3 hours', signalbox_now())"
    closed = "INSERT INTO account VALUES ('smtp/mail', signalbox_now() + interval '5 hours')"
    behind = "INSERT INTO effect VALUES ('email', 'planned', signalbox_now() + interval '4 hours', now(), 'smtp/mail')"
    for statement in (parked, closed, behind):
        await played.connections["action-workers"].execute(statement)
    async with played.firing():
        steps = await stepping.go(began + 3 * DAY)
    assert [dict(step.due) for step in steps] == [
        {"fire": 1},
        {"sms again": 1},
        {"email again": 1},
        {"jobs": 1},
        {"fire": 1},
        {},
    ]
    assert [step.moment for step in steps] == sorted(step.moment for step in steps)
    assert steps[-1].moment == began + 3 * DAY
    assert [lane for lane, _, _ in played.fired] == ["fire", "jobs", "fire"]
    assert all(timedelta() <= now - due < HOUR for _, due, now in played.fired)


async def test_what_is_held_is_not_waited_for_and_counted(played: Played, stepping: Stepping) -> None:
    await played.set("rule-scheduler", "fire", HOUR, b"held")
    [step] = await stepping.advance(DAY)
    assert dict(step.due) == {}
    plan = await stepping.agenda()
    assert (plan.first, plan.held) == (None, 1)


async def test_a_timer_that_does_not_fire_is_named_with_its_service_and_lane(
    played: Played, stepping: Stepping
) -> None:
    began = await stepping.now()
    await played.set("rule-scheduler", "fire", HOUR)
    await stepping.quiet.wait()
    stepping.quiet.patience = SECOND / 5
    with pytest.raises(NotQuiet, match=r"rule-scheduler: 1 timers of lane 'fire' are due since .* and do not fire"):
        await stepping.advance(DAY)
    assert HOUR <= await stepping.now() - began < 2 * HOUR


async def test_what_is_claimed_unannounced_unread_or_not_copied_is_named(
    played: Played, stepping: Stepping, broker: Deployment
) -> None:
    actions, gateway = played.connections["action-workers"], played.connections["trigger-gateway"]
    await actions.execute("INSERT INTO effect VALUES ('sms', 'claimed', signalbox_now(), signalbox_now())")
    await actions.execute("INSERT INTO effect VALUES ('email', 'planned', signalbox_now(), signalbox_now())")
    await gateway.execute("INSERT INTO outbox VALUES (DEFAULT, 0, 'crm.items', 1, '', signalbox_now())")
    played.behind = {"rule-scheduler"}
    await played.record("portal")
    row, copy, claimed, unclaimed = sorted(await stepping.quiet.troubles(), key=lambda told: "outbox" not in told)
    assert "rule-scheduler: its copy of the config stands at revision 0, not at 1" in copy
    assert "trigger-gateway: 1 rows of its outbox are not announced" in row
    assert "action-workers: 1 effects of sms are claimed and have no answer yet" in claimed + unclaimed
    assert "action-workers: 1 effects of email are planned and have no answer yet" in claimed + unclaimed
    await actions.execute("DELETE FROM effect")
    await gateway.execute("DELETE FROM outbox")
    await played.connections["rule-scheduler"].execute(RECORD, "portal", "1", 1)
    await broker.put([(COMMANDS.name, 0, b"key", [], b"{}")] * 2)
    [unread] = await stepping.quiet.troubles()
    assert unread.startswith("crm-api.consume has not handled 2 records of crm.commands")
    async with broker.kafka.consumer("crm-api.consume") as consumer:
        consumer.assign(partitions_of(broker.kafka, COMMANDS))
        await consumer.commit({partitions_of(broker.kafka, COMMANDS)[0]: 2})
    assert await stepping.quiet.troubles() == []


async def test_what_begins_while_it_is_looked_at_is_seen(played: Played, stepping: Stepping) -> None:
    class Interrupted(Quiet):
        @override
        async def _under_way(self) -> list[str]:
            found = await super()._under_way()
            await played.connections["rule-scheduler"].execute(ANNOUNCE)
            return found

    await stepping.quiet.wait()
    interrupted = Interrupted(stepping.rehearsal)
    interrupted._quiet_at = stepping.quiet._quiet_at
    assert await interrupted.troubles() == ["something has just begun"]
    assert await stepping.quiet.troubles() == []


async def test_a_walk_over_many_items_is_waited_for(played: Played, stepping: Stepping) -> None:
    scheduler = played.connections["rule-scheduler"]
    await scheduler.execute("CREATE TABLE sweep (ended boolean)")
    await scheduler.execute("INSERT INTO sweep VALUES (true), (false)")
    walking = replace(stepping.rehearsal, walks=("sweep",))
    [told] = await Quiet(walking).troubles()
    assert told.startswith("rule-scheduler: 1 rows of sweep tell of walks that are not over")
    await scheduler.execute("UPDATE sweep SET ended = true")
    assert await Quiet(walking).troubles() == []


async def test_people_who_are_enough_to_go_together_are_waited_for_and_fewer_are_not(
    played: Played, stepping: Stepping
) -> None:
    actions = played.connections["action-workers"]
    await actions.execute(WAITS, "buffered 2/3", 2)
    assert await stepping.quiet.troubles() == []
    await actions.execute(WAITS, "waits until 3 can go together", 1)
    [told] = await stepping.quiet.troubles()
    assert told.startswith("action-workers: 3 effects of ad-audience are buffered and have no answer yet")
    await actions.execute("UPDATE effect SET account = 'yandex/yandex'")
    await actions.execute("INSERT INTO account VALUES ('yandex/yandex', signalbox_now() + interval '1 hour')")
    assert await stepping.quiet.troubles() == []


async def test_a_table_that_somebody_holds_is_not_waited_for_for_ever(
    played: Played, broker: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signalbox.rehearsal.deployment.ANSWERS_WITHIN", 5.0)
    async with opened(played.urls, broker.kafka, "http://127.0.0.1:1", "token") as rehearsal:
        async with played.connections["rule-scheduler"].transaction():
            await played.connections["rule-scheduler"].execute("LOCK TABLE timer")
            with pytest.raises(TimeoutError):
                await Quiet(rehearsal).troubles()
        assert await Quiet(rehearsal).troubles() == []


async def test_what_comes_due_just_before_a_step_is_waited_for_and_not_jumped_over(
    played: Played, stepping: Stepping
) -> None:
    await played.set("rule-scheduler", "fire", DAY)
    await stepping.quiet.wait()
    await played.set("rule-scheduler", "fire", -SECOND)
    plan = await stepping.agenda()
    assert plan.first is not None
    assert plan.first < await stepping.now()
    async with played.firing():
        await stepping.advance(2 * DAY)
    assert all(now - due < HOUR for _, due, now in played.fired)
    assert len(played.fired) == 2


async def test_the_clock_goes_forward_only(stepping: Stepping) -> None:
    with pytest.raises(NoRehearsal, match="the clock never goes back"):
        await stepping.go(await stepping.now() - HOUR)


async def test_a_deployment_whose_clock_is_real_is_refused(played: Played, deployment: Deployment) -> None:
    await set_clock(played.urls["trigger-gateway"], rehearsal=False)
    with pytest.raises(NoRehearsal, match=r"no rehearsal: the clock of trigger-gateway is real\. .*REHEARSAL=1"):
        async with opened(played.urls, deployment.kafka, "http://127.0.0.1:1", "token"):
            pass


async def test_the_command_says_what_is_not_named_or_not_understood(prompt: Prompt) -> None:
    unnamed = await prompt.type("rehearse", "status", CRM_API_DATABASE_URL="postgresql://127.0.0.1:1/crm")
    assert unnamed.exit_code == 1
    assert "not named: RULE_SCHEDULER_DATABASE_URL, " in unnamed.output
    assert "SIGNALBOX_CRM_API_URL, SIGNALBOX_CRM_API_TOKEN" in unnamed.output
    unread = await prompt.type("rehearse", "advance", "three", "days")
    assert unread.exit_code == 2
    assert "'three days' is no length of time; write it like 3d, 2h" in unread.output


async def test_a_crm_api_that_is_away_or_refuses_is_told(played: Played, broker: Deployment) -> None:
    async with opened(played.urls, broker.kafka, "http://127.0.0.1:1", "token") as rehearsal:
        with pytest.raises(NoRehearsal, match=r"crm-api at http://127\.0\.0\.1:1 does not answer"):
            await rehearsal.move(DAY)
        transport = httpx.MockTransport(lambda _: httpx.Response(403, text="only admins"))
        rehearsal.crm = httpx.AsyncClient(base_url="http://crm", transport=transport)
        with pytest.raises(NoRehearsal, match=r"did not move the clock \(403\): only admins"):
            await rehearsal.move(DAY)
        await rehearsal.crm.aclose()


async def test_a_broker_that_is_away_is_told(played: Played, nowhere: Prompt) -> None:
    named = {variable.upper(): played.urls[service] for service, variable in DATABASES.items()}
    crm = {"SIGNALBOX_CRM_API_URL": "http://127.0.0.1:1", "SIGNALBOX_CRM_API_TOKEN": "token"}
    told = await nowhere.type("rehearse", "status", **named, **crm)
    assert told.exit_code == 1
    assert "Do broker and databases answer? `signalbox doctor` looks." in told.output
