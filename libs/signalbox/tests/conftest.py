"""The command as a person runs it, against the deployment of the test."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from chassis.testing import Deployment
from chassis.testing.deployment import SECRET_KEY
from click.testing import CliRunner, Result
from signalbox.main import main


@dataclass
class Prompt:
    """Where a person types; the variables name one deployment."""

    variables: dict[str, str] = field(default_factory=dict)

    async def type(self, *words: str, **variables: str) -> Result:
        """Run the command to its end, beside the running loop."""
        environment: Mapping[str, str] = self.variables | variables
        return await asyncio.to_thread(CliRunner().invoke, main, words, env=environment, catch_exceptions=False)


@pytest.fixture
def prompt(deployment: Deployment) -> Prompt:
    return Prompt(
        {
            "KAFKA_BOOTSTRAP_SERVERS": deployment.stack.kafka,
            "KAFKA_PARTITIONS": str(deployment.kafka.partitions),
            "TOPIC_PREFIX": deployment.prefix,
            "SECRET_KEY": SECRET_KEY,
        }
    )


@pytest.fixture
def nowhere() -> Prompt:
    """A prompt whose broker is not there."""
    return Prompt({"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"})
