"""How topics are made, as the table says, and which answers of the broker are an error."""

import argparse
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka.errors import InvalidReplicationFactorError, TopicAlreadyExistsError
from chassis.command import moment
from chassis.kafka import Kafka, refuse
from contracts.topics import TOPICS, dead_letters, groups

KAFKA = Kafka("nowhere:1", "shop.", partitions=6, replication=3)
MADE = {topic.name: topic for topic in KAFKA.topics()}


def test_each_topic_and_each_groups_dead_letters_are_made_once_under_the_prefix() -> None:
    names = [*(topic.name for topic in TOPICS), *map(dead_letters, groups())]
    assert sorted(topic.name for topic in KAFKA.topics()) == sorted(f"shop.{name}" for name in names)
    assert {topic.replication_factor for topic in MADE.values()} == {3}


@pytest.mark.parametrize(
    ("name", "partitions", "kept"),
    [
        ("crm.items", 6, {"retention.ms": "604800000"}),
        ("crm.config", 1, {"cleanup.policy": "compact"}),
        ("actions.sms", 6, {"retention.ms": "604800000"}),
        ("actions.tries", 1, {"retention.ms": "604800000"}),
        ("actions.suppressions", 1, {"cleanup.policy": "compact"}),
        ("crm-api.consume.dead", 1, {"retention.ms": "2592000000"}),
    ],
)
def test_what_must_never_be_forgotten_is_compacted_and_the_rest_is_kept_for_so_long(
    name: str, partitions: int, kept: dict[str, str]
) -> None:
    made = MADE[f"shop.{name}"]
    assert (made.num_partitions, made.topic_configs) == (partitions, kept)


def test_a_topic_that_is_there_already_is_no_error_and_any_other_answer_is() -> None:
    refuse([])
    refuse([("a", 0, None), ("b", TopicAlreadyExistsError.errno, "exists")])
    with pytest.raises(InvalidReplicationFactorError, match="topic c: "):
        refuse([("a", 0, None), ("c", InvalidReplicationFactorError.errno, "too few brokers")])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-02T10:00:00Z", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("2026-03-02T10:00:00", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("2026-03-02T10:00:00+02:00", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
    ],
)
def test_a_moment_that_names_no_zone_is_utc(written: str, read: datetime) -> None:
    assert moment(written) == read
    assert moment(written).utcoffset() is not None
    assert moment(written) - read == timedelta()


@pytest.mark.parametrize("written", ["", "yesterday", "2026-13-01", "1772443800"])
def test_what_is_no_moment_is_refused_with_the_form(written: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="write it like 2026-03-02T10:00:00Z"):
        moment(written)
