"""What every use of Kafka shares: where it is, the prefix, partitions, and how topics are made."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code
from aiokafka.structs import ConsumerRecord
from contracts import topics
from contracts.topics import Topic

from chassis.clients import running
from chassis.places import partition_of, places_of
from chassis.settings import KafkaSettings

DEAD_LETTERS_KEPT = timedelta(days=30)
LARGEST_REQUEST = 1_048_576
LARGEST_BATCH = LARGEST_REQUEST - 4096
KNOWN_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Kafka:
    """One deployment's corner of a cluster; the prefix goes before topics, groups and dead letters, here alone."""

    bootstrap_servers: str
    prefix: str = ""
    partitions: int = 12
    replication: int = 1
    session_timeout: float = 10.0

    @classmethod
    def of(cls, settings: KafkaSettings) -> "Kafka":
        """Read what the settings say."""
        return cls(
            settings.kafka_bootstrap_servers,
            settings.topic_prefix,
            settings.kafka_partitions,
            settings.kafka_replication,
            settings.session_timeout,
        )

    def named(self, name: str) -> str:
        """Give the name of a topic or group in this deployment."""
        return self.prefix + name

    def partition(self, topic: Topic, key: str) -> int:
        """Give the partition of a key, as Kafka's default partitioner does."""
        return 0 if topic.single else partition_of(key, self.partitions)

    def places(self, keys: Sequence[str]) -> list[int]:
        """Give the partitions of many keys at once, for topics of many partitions."""
        return places_of(keys, self.partitions)

    def consumer(self, group: str) -> AIOKafkaConsumer:
        """Make a consumer that commits only when told to (rules 6, 7 and 9 of the decision on aiokafka)."""
        return AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap_servers,
            group_id=self.named(group),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(self.session_timeout * 1000),
            heartbeat_interval_ms=int(self.session_timeout * 200),
            max_poll_interval_ms=300_000,
            fetch_max_wait_ms=500,
        )

    def producer(self) -> AIOKafkaProducer:
        """Make a producer whose retries neither repeat nor reorder within its session."""
        return AIOKafkaProducer(
            bootstrap_servers=self.bootstrap_servers,
            acks="all",
            enable_idempotence=True,
            max_request_size=LARGEST_REQUEST,
            max_batch_size=LARGEST_BATCH,
            request_timeout_ms=10_000,
        )

    def topics(self) -> tuple[NewTopic, ...]:
        """Give every topic of the table and the dead letters of every group, ready to be made."""
        dead = (self._new(topics.dead_letters(g), 1, retention=DEAD_LETTERS_KEPT) for g in topics.groups())
        return (*(self._new(t.name, 1 if t.single else self.partitions, t.retention) for t in topics.TOPICS), *dead)

    def _new(self, name: str, partitions: int, retention: timedelta | None) -> NewTopic:
        kept = (
            {"cleanup.policy": "compact"}
            if retention is None
            else {"retention.ms": str(int(retention.total_seconds() * 1000))}
        )
        return NewTopic(self.named(name), partitions, self.replication, topic_configs=kept)


async def make_topics(kafka: Kafka, *, only: Iterable[str] | None = None) -> list[str]:
    """Make the topics that are missing, and give the names of those that were made.

    `only` limits it to these names (without prefix). Raises the broker's error where it refuses.
    """
    wanted = [t for t in kafka.topics() if only is None or t.name in {kafka.named(name) for name in only}]
    async with administering(kafka) as admin:
        present = set(await admin.list_topics())
        missing = [t for t in wanted if t.name not in present]
        if missing:
            answer = await admin.create_topics(missing)
            refuse(answer.topic_errors)
            await known(admin, {t.name for t in missing})
        return [t.name for t in missing]


async def known(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """Wait until the broker tells of topics that it has just made: it answers before it does."""
    async with asyncio.timeout(KNOWN_WITHIN):
        while names - set(await admin.list_topics()):  # noqa: ASYNC110  the broker tells of it only when asked
            await asyncio.sleep(0.02)


@asynccontextmanager
async def administering(kafka: Kafka) -> AsyncIterator[AIOKafkaAdminClient]:
    """Open a client for the cluster's topics."""
    async with running(AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)) as admin:
        yield admin


async def partitions(kafka: Kafka) -> dict[str, int]:
    """Give how many partitions each topic of the cluster has, by its whole name."""
    async with administering(kafka) as admin:
        return {told["topic"]: len(told["partitions"]) for told in await admin.describe_topics()}


async def standing(kafka: Kafka, topic: str, partitions: int = 1) -> list[ConsumerRecord]:
    """Give every record that stands in a topic now, in no group; order holds within a partition."""
    async with running(AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers)) as consumer:
        assigned = [TopicPartition(kafka.named(topic), p) for p in range(partitions)]
        consumer.assign(assigned)
        await consumer.seek_to_beginning(*assigned)
        ends = await consumer.end_offsets(assigned)
        records: list[ConsumerRecord] = []
        while any([await consumer.position(p) < ends[p] for p in assigned]):
            polled = await consumer.getmany(timeout_ms=500)
            records += [r for p in assigned for r in polled.get(p, []) if r.offset < ends[p]]
        return records


def refuse(errors: Iterable[tuple[object, ...]]) -> None:
    """Raise the first error of an answer that is not *exists already*."""
    for error in errors:
        name, code = error[0], error[1]
        raised = for_code(code)
        if code and raised is not TopicAlreadyExistsError:
            raise raised(f"topic {name}: {error[2:]}")


async def answers(kafka: Kafka, *, within: float = 3.0) -> bool:
    """Say whether the broker answers."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers, request_timeout_ms=int(within * 1000))
    try:
        async with asyncio.timeout(within), running(admin):
            return True
    except Exception:  # noqa: BLE001  whatever it is, the broker did not answer
        return False
