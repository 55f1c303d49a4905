"""The same servers in containers, where an engine answers."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import docker
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from stack import Running, Stack, StackError, start
from stack.engine import LABEL, obstacle
from stack.runs import Run, recorded_runs
from stack.settings import Settings

HERE = obstacle(Settings.read())
needs_engine = pytest.mark.skipif(HERE is not None, reason=f"no containers here: {HERE}")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("containers")


@pytest.fixture(scope="module")
def handle(home: Path) -> Running:
    return start("container", home=home, durable=False)


@pytest.fixture(scope="module")
def stack(handle: Running, home: Path) -> Iterator[Stack]:
    with handle as stack:
        (run,) = recorded_runs(home)
        assert len(containers(run)) == 2
        yield stack
    assert containers(run) == []


def containers(run: Run) -> list[object]:
    """List the run's containers, running or not; other runs have theirs on the same engine."""
    engine = docker.from_env()
    try:
        return list(engine.containers.list(all=True, filters={"label": f"{LABEL}={run.id}"}))
    finally:
        engine.close()


@pytest.mark.containers
@needs_engine
async def test_containers_keep_their_ports_and_data_over_a_crash(stack: Stack, handle: Running) -> None:
    assert stack.kind == "container"
    await stack.create_database("kept")
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
    await admin.start()
    await admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
    await admin.close()
    await asyncio.to_thread(handle.restart_postgres)
    await asyncio.to_thread(handle.restart_kafka, immediate=True)
    await (await asyncpg.connect(stack.database("kept"))).close()
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
    await admin.start()
    assert "kept" in await admin.list_topics()
    await admin.close()


def test_containers_that_were_asked_for_and_cannot_be_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/engine.sock")
    with pytest.raises(StackError, match="no containers here: no engine answers"):
        start("container", home=tmp_path).__enter__()


@pytest.mark.containers
@needs_engine
def test_an_image_that_cannot_be_had_is_an_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_IMAGE", "127.0.0.1:9/nobody/has:this")
    assert obstacle(Settings.read()) is not None
