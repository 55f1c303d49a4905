"""Clients of Kafka that are cancelled at any point of their life leave no connection open."""

import asyncio
import contextlib
import gc
import random
import warnings
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError
from chassis import relay
from chassis.clients import Client, running, start
from chassis.kafka import Kafka, answers
from chassis.testing import Deployment, eventually
from contracts import topics

KINDS: dict[str, Callable[[Kafka], AIOKafkaConsumer | AIOKafkaProducer | AIOKafkaAdminClient]] = {
    "producer": lambda kafka: kafka.producer(),
    "consumer": lambda kafka: kafka.consumer("cut"),
    "groupless": lambda kafka: AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers),
    "admin": lambda kafka: AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers),
}
CUTS = 25
# Seconds within which a client has started here, or thereabouts.
STARTED = 0.02


async def cut(client: Client, after: float) -> None:
    """Run a client and cancel it after so many seconds."""

    async def run() -> None:
        async with running(client):
            await asyncio.sleep(60)

    task = asyncio.create_task(run())
    await asyncio.sleep(after)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("kind", KINDS)
async def test_a_client_cancelled_at_any_moment_leaves_no_connection_open(deployment: Deployment, kind: str) -> None:
    chance = random.Random(kind)  # noqa: S311  moments, not secrets
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(CUTS):
            await cut(KINDS[kind](deployment.kafka), chance.random() * STARTED)
        gc.collect()
    assert not [warning for warning in told if "Unclosed" in str(warning.message)]


async def test_a_start_that_fails_says_so_also_to_who_was_cancelled_meanwhile() -> None:
    nowhere = Kafka("127.0.0.1:1")
    with pytest.raises(KafkaConnectionError):
        async with running(nowhere.producer()):
            raise AssertionError("nothing answers there")
    await cut(nowhere.producer(), 0)
    assert not await answers(nowhere, within=1)


async def test_a_producer_that_could_not_flush_in_time_leaves_nothing_that_goes_on_trying(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed = asyncio.Event()
    await deployment.topics(topics.ITEMS)
    monkeypatch.setattr(relay, "CLOSED_WITHIN", 2.0)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        before = asyncio.all_tasks()
        producer = deployment.kafka.producer()
        await start(producer)
        for n in range(200):
            await producer.send(deployment.kafka.named(topics.ITEMS.name), b"%d" % n, partition=0)
        monkeypatch.setattr(producer._message_accumulator, "close", flushed.wait)
        await relay.close(producer)
        del producer
        flushed.set()

        async def nothing_goes_on() -> bool:
            return not asyncio.all_tasks() - before

        await eventually(nothing_goes_on)
        gc.collect()
    assert not [warning for warning in told if "Unclosed" in str(warning.message)]
