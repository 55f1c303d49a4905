"""Asking a broker or a database whether it answers, and waiting until it does."""

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from stack.errors import StackError

PAUSE = 0.03
LIMIT = 120.0  # a broker that comes back on a busy machine, with the topics of a long session


class NotYetError(Exception):
    """The server does not answer (yet)."""


def ask_kafka(bootstrap: str) -> None:
    """Ask a broker for its cluster; NotYetError when it gives none."""
    for address in bootstrap.split(","):
        _reach(address)
    _finish(_describe_cluster(bootstrap))


def ask_postgres(dsn: str) -> None:
    """Ask a database for 1; NotYetError when it gives none."""
    _finish(_select_one(dsn))


def wait_for(ask: Callable[[], None], *, died: Callable[[], bool], last_words: Callable[[], str], what: str) -> None:
    """Ask until there is an answer; StackError with the server's last words when it dies or takes too long."""
    deadline = time.monotonic() + LIMIT
    while True:
        try:
            return ask()
        except NotYetError as reason:
            if died():
                raise StackError(f"{what} ended while it started. Its last words:\n{last_words()}") from None
            if time.monotonic() > deadline:
                raise StackError(f"{what} does not answer: {reason}. Its last words:\n{last_words()}") from None
        time.sleep(PAUSE)


def _finish(question: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end, also where the caller's thread runs an event loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, question).result()


def _reach(address: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, ValueError) as error:
        raise NotYetError(f"{address}: {error}") from error


async def _describe_cluster(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    log = logging.getLogger("aiokafka")
    level, log.level = log.level, logging.CRITICAL  # a broker that is not up yet is no error here
    try:
        await admin.start()
        await admin.describe_cluster()
    except (KafkaError, OSError) as error:
        raise NotYetError(str(error)) from error
    finally:
        await admin.close()
        log.setLevel(level)


async def _select_one(dsn: str) -> None:
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
        await connection.fetchval("SELECT 1")
        await connection.close()
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise NotYetError(str(error) or type(error).__name__) from error
