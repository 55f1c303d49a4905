"""`signalbox doctor` finds what is wrong, says what to do, and is content where nothing is."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from chassis.database import Database
from chassis.http import Health, application, serve
from chassis.kafka import Kafka
from chassis.principals import Tokens
from chassis.testing import Deployment, eventually, running_tasks
from pydantic import SecretStr
from signalbox.checks import apart, compare_clocks, look_at_key, look_at_service, look_at_topics

from .conftest import Prompt

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BLINK = timedelta(milliseconds=10)
TWO = Kafka("", "p.", 2)
COUNT = len(TWO.topics())


def lines(output: str) -> set[str]:
    return set(output.splitlines())


async def test_a_deployment_in_health_is_all_ticks(prompt: Prompt, deployment: Deployment) -> None:
    deployment.made = [t.name for t in deployment.kafka.topics()]
    await prompt.type("topics")
    found = await prompt.type("doctor", CRM_API_DATABASE_URL=deployment.stack.database("postgres"))
    assert found.exit_code == 0, found.output
    ticks = {f"✓ {COUNT} topics", "✓ database of crm-api", "✓ clock of crm-api's database", "✓ secret key"}
    assert ticks | {f"✓ broker at {deployment.stack.kafka}"} <= lines(found.output)
    assert "· database of rule-scheduler: not looked at; name it in RULE_SCHEDULER_DATABASE_URL" in found.output


async def test_what_is_away_is_named_with_what_to_do(nowhere: Prompt) -> None:
    found = await nowhere.type(
        "doctor", "http://127.0.0.1:1", CRM_API_DATABASE_URL="postgresql://u:hush@127.0.0.1:1/crm"
    )
    assert found.exit_code == 1
    assert "✗ broker at 127.0.0.1:1: does not answer; is it running" in found.output
    assert "· topics: not known while the broker is away" in found.output
    assert "✗ database of crm-api: does not answer" in found.output
    assert "is CRM_API_DATABASE_URL right?" in found.output
    assert "✗ service at http://127.0.0.1:1: does not answer" in found.output
    assert "✗ secret key: SECRET_KEY is not set; make one with: openssl rand -base64 32" in found.output
    assert "hush" not in found.output


async def test_topics_that_were_never_made_are_missed(prompt: Prompt) -> None:
    found = await prompt.type("doctor")
    assert found.exit_code == 1
    assert f"{COUNT} are missing" in found.output
    assert "make them with: signalbox topics" in found.output


def test_topics_with_other_partitions_are_found() -> None:
    present = {t.name: t.num_partitions for t in TWO.topics()}
    assert not look_at_topics(TWO, present).wrong
    found = look_at_topics(TWO, present | {"p.crm.commands": 12})
    assert "p.crm.commands has 12 partitions instead of 2" in found.trouble


@pytest.mark.parametrize(
    ("told", "difference"),
    [
        (AT, timedelta()),
        (AT + BLINK / 2, timedelta()),
        (AT - timedelta(seconds=3), timedelta(seconds=3)),
        (AT + BLINK + timedelta(seconds=2), timedelta(seconds=2)),
    ],
)
def test_clocks_are_compared_over_the_time_that_the_question_took(told: datetime, difference: timedelta) -> None:
    assert apart(AT, told, AT + BLINK) == difference


@pytest.mark.parametrize(("seconds", "wrong"), [(0, False), (0.999, False), (1, True), (90, True)])
def test_a_second_between_the_clocks_is_too_much(seconds: float, wrong: bool) -> None:  # noqa: FBT001  a column
    assert compare_clocks("crm-api", timedelta(seconds=seconds)).wrong == wrong


@pytest.mark.parametrize("key", ["short", "A" * 42, "not base64!"])
def test_a_key_that_cannot_be_read_is_found(key: str) -> None:
    assert look_at_key(SecretStr(key)).trouble.startswith("SECRET_KEY must be 32 bytes in base64")


@pytest.fixture
async def health(deployment: Deployment) -> AsyncIterator[Health]:
    async with Database(deployment.stack.database("postgres")) as database:
        yield Health(database)


async def test_a_service_is_asked_whether_it_is_ready(health: Health, unused_tcp_port: int) -> None:
    address = f"http://127.0.0.1:{unused_tcp_port}/"

    async def found(trouble: str) -> bool:
        (finding,) = await look_at_service(address)
        return finding.trouble.startswith(trouble) if trouble else not finding.wrong

    async with running_tasks(serve(application("x", health, Tokens({})), "127.0.0.1", unused_tcp_port)):
        await eventually(lambda: found(""))
        health.ready["crm-api.consume"] = lambda: False
        assert await found('is not ready (503 {"crm-api.consume":"failing"')
    assert await found("does not answer")


async def test_an_address_that_is_none_is_found() -> None:
    findings = await asyncio.gather(look_at_service("localhost:8000"), look_at_service("http://[::1"))
    assert all(finding.wrong for (finding,) in findings)
