"""How long from `POST …/move` until the provider holds the SMS, at 50 moves a second, beside the same chain without us.

    make bench NAME=latency ARGS="--seconds 30 --rate 50"

The bare chain runs half before and half after ours, on the same broker and database, so that a drift of the machine's
speed falls on both.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import stack
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from stack import Stack
from stack.ports import free_port

from benchmarks import bare_chain
from benchmarks.load import conclude, milliseconds, steadily, tell
from benchmarks.moving import Moving, arrived
from deploy.local import Installation

DEALS = 400


async def ours(installation: Installation, rate: float, seconds: float) -> list[float]:
    """Measure our road."""
    moving = Moving(installation)
    await moving.set_up(DEALS)
    await steadily(rate, 2, moving.move)
    warm = await moving.arrived(DEALS + int(rate * 2))
    # The warming moves count on: the deals go on from where they stand.
    offset = len(warm) - DEALS
    began = await steadily(rate, seconds, lambda n: moving.move(n + offset))
    held = await moving.arrived(len(warm) + len(began))
    return moving.latencies([0.0] * offset + began, held)[offset:]


@asynccontextmanager
async def bare(started: Stack, provider: str) -> AsyncIterator[httpx.AsyncClient]:
    """Run the bare chain's two processes."""
    admin = AIOKafkaAdminClient(bootstrap_servers=started.kafka)
    await admin.start()
    if bare_chain.TOPIC not in await admin.list_topics():
        await admin.create_topics([NewTopic(bare_chain.TOPIC, 12, 1)])
    await admin.close()
    port = free_port()
    told = ["--database", started.postgres, "--kafka", started.kafka, "--provider", provider, "--port", str(port)]
    command = (sys.executable, "-m", "benchmarks.bare_chain")
    parts = [await asyncio.create_subprocess_exec(*command, part, *told) for part in ("serve", "consume")]
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            await answering(client)
            yield client
    finally:
        for part in parts:
            part.terminate()
            await part.wait()


async def answering(client: httpx.AsyncClient) -> None:
    """Wait until the route answers."""
    for _ in range(200):
        try:
            await client.get("/openapi.json")
        except httpx.TransportError:
            await asyncio.sleep(0.1)
        else:
            await asyncio.sleep(4)  # the consumer's group settles
            return
    raise RuntimeError("the bare chain did not start")


async def without_us(installation: Installation, rate: float, seconds: float) -> list[float]:
    """Measure the bare chain; each move has a phone of its own."""
    prefix = f"+346{int(time.time()) % 1000:03d}"

    async with bare(installation.stack, installation.simulators.url) as client:

        async def move(n: int) -> None:
            body = {"id": f"{prefix}-{n % DEALS}", "phone": f"{prefix}{n:05d}", "stage": "x"}
            (await client.post("/move", json=body)).raise_for_status()

        began = await steadily(rate, seconds, move)
        held = await arrived(installation, prefix, len(began))
    at = {sms["to"]: datetime.fromisoformat(sms["received_at"]).timestamp() for sms in held}
    return [at[f"{prefix}{n:05d}"] - moment for n, moment in enumerate(began)]


async def measure(rate: float, seconds: float, kind: stack.Kind) -> dict[str, Any]:
    """Measure both."""
    with stack.start(kind, say=tell) as started:
        async with Installation(started, Path(".local"), say=tell) as installation:
            first = await without_us(installation, rate, seconds / 2)
            tell("half of the bare chain is measured")
            road = await ours(installation, rate, seconds)
            tell("our road is measured")
            second = await without_us(installation, rate, seconds / 2)
    told, peer = milliseconds(road), milliseconds(first + second)
    ratio = round(told["p50_ms"] / peer["p50_ms"], 2)
    return {"benchmark": "latency", "moves_per_second": rate, "ours": told, "bare": peer, "p50_ratio": ratio}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--stack", default="native", choices=["auto", "given", "container", "native"])
    chosen = parser.parse_args()
    conclude(**asyncio.run(measure(chosen.rate, chosen.seconds, chosen.stack)))


if __name__ == "__main__":
    main()
