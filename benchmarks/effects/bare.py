"""The same without us: take the same actions from Kafka, ask the same provider, commit the offsets. A peer only."""

import argparse
import asyncio
import json
import sys
from typing import Any

import httpx
import uvloop
from aiokafka import AIOKafkaConsumer

BATCH = 500


class Bare:
    """One consumer and one client, with as many requests at once as a worker has."""

    def __init__(self, http: httpx.AsyncClient, account: str, concurrency: int) -> None:
        self.http = http
        self.path = f"/2010-04-01/Accounts/{account}/Messages.json"
        self.room = asyncio.Semaphore(concurrency)

    async def ask(self, action: dict[str, Any]) -> None:
        """Send one SMS."""
        form = {"To": action["recipients"][0]["address"], "From": "+15005550006", "Body": action["params"]["text"]}
        async with self.room:
            (await self.http.post(self.path, data=form)).raise_for_status().json()


async def consume(chosen: argparse.Namespace) -> None:
    """Ask for each record; say `ready`, and how many there were whenever their offsets are committed."""
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=50)
    async with (
        AIOKafkaConsumer(
            chosen.topic,
            bootstrap_servers=chosen.kafka,
            group_id=f"{chosen.topic}.bare",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        ) as consumer,
        httpx.AsyncClient(base_url=chosen.provider, auth=(chosen.account, "token"), limits=limits) as http,
    ):
        while not consumer.assignment():  # noqa: ASYNC110  the client does not tell
            await asyncio.sleep(0.05)
        bare, done = Bare(http, chosen.account, chosen.concurrency), 0
        say("ready")
        while True:
            polled = await consumer.getmany(timeout_ms=300, max_records=BATCH)
            records = [record for part in polled.values() for record in part]
            await asyncio.gather(*(bare.ask(json.loads(record.value or b"")) for record in records))
            if records:
                await consumer.commit()
                done += len(records)
                say(str(done))


def say(text: str) -> None:
    """Say it at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Consume until ended."""
    parser = argparse.ArgumentParser()
    for name in ("kafka", "topic", "provider", "account"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--concurrency", type=int)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(consume(parser.parse_args()))


if __name__ == "__main__":
    main()
