"""Runs what asks the broker, and says in words that it did not answer."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import click
from aiokafka.errors import KafkaError
from chassis.kafka import Kafka

Answer = TypeVar("Answer")


def ask(kafka: Kafka, question: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a question to the broker to its end; raises what a person can act on."""
    try:
        return asyncio.run(question)
    except (KafkaError, TimeoutError, ValueError) as error:  # the last for an address that is none
        raise click.ClickException(
            f"the broker at {kafka.bootstrap_servers} did not do it: {error!r}\n"
            "Is it running, and is KAFKA_BOOTSTRAP_SERVERS right? `signalbox doctor` looks further."
        ) from None
