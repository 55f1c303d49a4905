import asyncio
import json
import os
import signal
import smtplib
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import httpx
from stack.ports import free_port


async def start(journal: Path, **settings: str) -> tuple[Process, dict[str, str]]:
    command = Path(sys.executable).with_name("simulators")
    environment = os.environ | {"SIMULATORS_JOURNAL": str(journal)} | settings
    process = await asyncio.create_subprocess_exec(command, stdout=PIPE, stderr=PIPE, env=environment)
    assert process.stdout is not None
    return process, json.loads(await asyncio.wait_for(process.stdout.readline(), 120))


def send_mail(address: str) -> None:
    host, port = address.split(":")
    with smtplib.SMTP(host, int(port)) as smtp:
        smtp.sendmail("a@shop.test", ["b@shop.test"], b"Subject: hi\r\n\r\ntext\xff\r\n")


async def test_the_command_says_where_it_listens_and_stops_on_sigterm(tmp_path: Path) -> None:
    process, ready = await start(tmp_path / "accepted.jsonl")
    await asyncio.to_thread(send_mail, ready["smtp"])
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        accepted = (await client.get(f"{ready['http']}/_control/accepted")).json()
    assert [each["subject"] for each in accepted] == ["hi"]
    process.send_signal(signal.SIGTERM)
    _, errors = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, errors) == (0, b"")


async def test_an_open_request_does_not_keep_the_command_alive(tmp_path: Path) -> None:
    process, ready = await start(tmp_path / "accepted.jsonl")
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        query = {"provider": "meta", "count": "1", "timeout": "60"}
        waiting = asyncio.create_task(client.get(f"{ready['http']}/_control/wait", params=query, timeout=60))
        await asyncio.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0
        await asyncio.gather(waiting, return_exceptions=True)


async def test_a_killed_simulator_has_lost_nothing_when_it_starts_again(tmp_path: Path) -> None:
    port = str(free_port())
    process, ready = await start(tmp_path / "accepted.jsonl", SIMULATORS_SMTP_PORT=port)
    await asyncio.to_thread(send_mail, ready["smtp"])
    process.kill()
    await process.communicate()
    process, ready = await start(tmp_path / "accepted.jsonl", SIMULATORS_SMTP_PORT=port)
    assert ready["smtp"].endswith(f":{port}")
    await asyncio.to_thread(send_mail, ready["smtp"])
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        accepted = (await client.get(f"{ready['http']}/_control/accepted", params={"provider": "smtp"})).json()
    assert len(accepted) == 2
    process.terminate()
    await process.communicate()
