"""A client is erased: no database holds a word of theirs, and after their retention no topic does."""

from datetime import datetime
from typing import Any

import asyncpg
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from chassis.kafka import administering, partitions, standing
from contracts import topics

from deploy.local.environment import SERVICES
from tests.integration.world import World

COLUMNS = (
    "SELECT table_name, column_name, data_type FROM information_schema.columns"
    " WHERE table_schema = 'public' AND table_name IN (SELECT tablename FROM pg_tables WHERE schemaname = 'public')"
)


async def found_in_databases(world: World, words: tuple[str, ...]) -> list[str]:
    """Look for words in every column of every table of every service; bytes are read as text."""
    up = world.installation
    return [
        f"{service}: {where}"
        for service in SERVICES
        for where in await found_in(up.stack.database(up.environment.database(service)), words)
    ]


async def found_in(url: str, words: tuple[str, ...]) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        places = []
        for table, column, kind in await connection.fetch(COLUMNS):
            text = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            query = f'SELECT count(*) FROM "{table}" WHERE lower({text}) LIKE ANY($1::text[])'
            count = await connection.fetchval(query, [f"%{word.lower()}%" for word in words])
            places += [f"{table}.{column} ({count})"] if count else []
        return places
    finally:
        await connection.close()


async def found_in_topics(world: World, words: tuple[str, ...]) -> dict[str, int]:
    """Look for words in every record of every topic, and give the newest moment (ms) at which one tells them."""
    kafka = world.installation.kafka
    found: dict[str, int] = {}
    for name, count in (await partitions(kafka)).items():
        if name.startswith(kafka.prefix):
            records = await standing(kafka, name.removeprefix(kafka.prefix), count)
            told = [record.timestamp for record in records if tells(record.value, words)]
            found |= {name: max(told)} if told else {}
    return found


def tells(value: bytes | None, words: tuple[str, ...]) -> bool:
    """Say whether a record says any of these words."""
    text = (value or b"").decode(errors="replace").lower()
    return any(word.lower() in text for word in words)


async def time_passes(world: World, name: str) -> None:
    """Let the records that a topic holds now reach their retention: the broker removes what it would remove then."""
    kafka = world.installation.kafka
    async with administering(kafka) as admin:
        count = next(len(told["partitions"]) for told in await admin.describe_topics([name]))
        places = [TopicPartition(name, partition) for partition in range(count)]
        await admin.delete_records({place: RecordsToDelete(-1) for place in places}, timeout_ms=10_000)


async def test_nothing_of_an_erased_client_is_left_in_any_database_and_after_its_retention_in_any_topic(
    world: World,
) -> None:
    """What topics hold at the erasure they hold for their retention, which is simulated; nothing newer tells of it."""
    crm = world.installation.crm
    story = world.story()
    name, note = "Zuleika Dobson-Vane", f"A shelf for my cat, who is allergic to walnut {story.phone[-6:]}"
    words = ("Zuleika", "Dobson", story.phone[-9:], story.email, "allergic to walnut")
    form = {"name": name, "phone": story.phone, "email": story.email, "wish": note, "budget": "1500"}
    await world.installation.gateway.submit("site", world.shop.site_token, form)
    deal = await world.until(lambda: of_client(world, note))
    await world.rule_is(deal["id"], "nudge", "succeeded")
    await crm.move(deal["id"], "documents")
    await world.rule_is(deal["id"], "mail", "succeeded")
    # What is being carried would be told after the erasure.
    await world.rests()
    held = await found_in_databases(world, words)
    assert {place.partition(":")[0] for place in held} == set(SERVICES)

    contact = next(link["id"] for link in deal["links"] if link["type"] == "contact")
    report = await crm.ask("POST", f"/v1/items/{contact}/erase")

    async def gone() -> bool:
        return await found_in_databases(world, words) == []

    await world.until(gone, otherwise=lambda: found_in_databases(world, words))
    await world.rests()
    assert await found_in_databases(world, words) == []
    states = {key: row["state"] for key, row in (await world.rules(deal["id"])).items()}
    assert states["mail"] == "succeeded"

    carrying = await found_in_topics(world, words)
    assert f"{world.installation.kafka.prefix}{topics.CONFIG.name}" not in carrying
    kept = retentions(world)
    for topic, newest in carrying.items():
        assert newest <= erased_at(report)
        assert kept[topic] <= topics.WEEK.total_seconds()
        await time_passes(world, topic)
    assert await found_in_topics(world, words) == {}


async def of_client(world: World, wish: str) -> Any:
    found = await world.installation.crm.items(pipeline="deal/retail", limit=1000)
    return next((deal for deal in found if deal["fields"].get("wish") == wish), None)


def retentions(world: World) -> dict[str, float]:
    """Give for how many seconds each topic is made to keep its records."""
    made = world.installation.kafka.topics()
    return {t.name: int(t.topic_configs.get("retention.ms", 0)) / 1000 for t in made}


def erased_at(report: dict[str, Any]) -> float:
    """Give the moment of an erasure in milliseconds, with a second for what was being carried."""
    return (datetime.fromisoformat(report["erased_at"]).timestamp() + 1) * 1000
