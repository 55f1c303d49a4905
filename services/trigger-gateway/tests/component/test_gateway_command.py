"""The command as an operator runs it: settings from the environment, migrate, all roles, SIGTERM."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
from chassis.testing import eventually
from contracts import topics
from stack.ports import free_port

COMMAND = Path(sys.executable).with_name("trigger-gateway")
SECRET_KEY = "c2lnbmFsYm94LXRlc3RzLWtleS0zMi1ieXRlcy1sb24="


async def run(role: str, environment: dict[str, str]) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(COMMAND, role, env=os.environ | environment, stdout=pipe, stderr=pipe)


async def is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).is_success
    except httpx.TransportError:
        return False


async def test_it_migrates_serves_until_told_to_stop_and_says_nothing_secret(deployment: Any) -> None:
    await deployment.topics(topics.CONFIG, topics.SIGNALS, topics.ITEMS, topics.COMMANDS)
    await deployment.stack.create_database(name := f"command_{deployment.prefix.strip('.')}")
    deployment.databases.append(name)
    port = free_port()
    environment = {
        "TRIGGER_GATEWAY_DATABASE_URL": deployment.stack.database(name),
        "TRIGGER_GATEWAY_PORT": str(port),
        "TRIGGER_GATEWAY_CRM_API_TOKEN": "gateway-token",
        "KAFKA_BOOTSTRAP_SERVERS": deployment.stack.kafka,
        "KAFKA_PARTITIONS": "2",
        "TOPIC_PREFIX": deployment.prefix,
        "SECRET_KEY": SECRET_KEY,
    }
    migrated = await run("migrate", environment)
    _, errors = await migrated.communicate()
    assert (migrated.returncode, errors) == (0, b"")
    serving = await run("all", environment)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        await eventually(lambda: is_ready(http))
        assert (await http.get("/livez")).json() == {"trigger-gateway.config": "ok", "trigger-gateway.match": "ok"}
    serving.send_signal(signal.SIGTERM)
    output, errors = await asyncio.wait_for(serving.communicate(), 60)
    assert (serving.returncode, errors) == (0, b"")
    assert b"gateway-token" not in output
    assert SECRET_KEY.encode() not in output


async def test_without_its_settings_it_does_not_start_and_names_what_is_missing(deployment: Any) -> None:
    database = f"postgresql://127.0.0.1/{deployment.prefix}"
    refused = await run("serve", {"TRIGGER_GATEWAY_DATABASE_URL": database, "SECRET_KEY": SECRET_KEY})
    _, errors = await refused.communicate()
    assert refused.returncode != 0
    assert b"TRIGGER_GATEWAY_CRM_API_TOKEN: Field required" in errors
