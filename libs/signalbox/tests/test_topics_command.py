"""`signalbox topics` makes what is missing, once."""

from chassis.testing import Deployment
from contracts.topics import ITEMS, TOPICS, dead_letters, groups

from .conftest import Prompt


async def test_missing_topics_are_made_and_the_second_time_there_are_none(
    prompt: Prompt, deployment: Deployment
) -> None:
    await deployment.topics(ITEMS)
    deployment.made = [t.name for t in deployment.kafka.topics()]
    count = len(TOPICS) + len(groups())
    first = await prompt.type("topics", KAFKA_PARTITIONS="1")
    assert f"made {deployment.prefix}actions.sms\n" in first.output
    assert f"made {deployment.prefix}crm.items\n" not in first.output
    assert first.output.endswith(f"{count} topics stand, {count - 1} of them are new\n")
    again = await prompt.type("topics")
    assert again.output == f"{count} topics stand, 0 of them are new\n"


async def test_the_table_is_printed_without_a_broker(nowhere: Prompt) -> None:
    printed = await nowhere.type("topics", "--list", TOPIC_PREFIX="shop.")
    head, *rows = [line.split() for line in printed.output.splitlines()]
    assert head == ["NAME", "KEY", "WRITERS", "READERS", "KEPT"]
    assert ["shop.crm.config", "kind/id", "crm-api"] in [row[:3] for row in rows]
    assert {row[0] for row in rows} == {f"shop.{n}" for n in (*(t.name for t in TOPICS), *map(dead_letters, groups()))}
    assert {row[-1] for row in rows} == {"days", "compacted"}


async def test_a_broker_that_is_away_is_named(nowhere: Prompt) -> None:
    refused = await nowhere.type("topics")
    assert refused.exit_code == 1
    assert "Error: the broker at 127.0.0.1:1 did not do it" in refused.output


async def test_a_variable_that_cannot_be_read_is_named(nowhere: Prompt) -> None:
    refused = await nowhere.type("topics", KAFKA_PARTITIONS="many")
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: KAFKA_PARTITIONS: Input should be a valid integer")
