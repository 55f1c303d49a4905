"""The small parts: secrets, pauses, dead letters, life and death of tasks, settings, topics."""

import asyncio
from itertools import islice
from typing import Self

import pytest
from chassis import telemetry
from chassis.command import read_settings
from chassis.dead_letters import FloodGate
from chassis.errors import Fatal
from chassis.kafka import Kafka, make_topics
from chassis.lifecycle import together
from chassis.places import partition_of
from chassis.retry import Pauses
from chassis.secrets import Sealer, SecretUnreadable
from chassis.settings import ServiceSettings
from chassis.testing import Deployment
from chassis.testing.deployment import SECRET_KEY
from contracts import topics
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

SEALER = Sealer(SecretStr(SECRET_KEY))


@given(st.text())
def test_a_sealed_secret_opens_in_its_place_only(value: str) -> None:
    sealed = SEALER.seal(value, "connection/sms/token")
    assert SEALER.open(sealed, "connection/sms/token") == value
    with pytest.raises(SecretUnreadable, match="connection/mail/token cannot be opened"):
        SEALER.open(sealed, "connection/mail/token")


@pytest.mark.parametrize("sealed", ["", "v1.", "v1.AAAA", "plain text", "v1.é"])
def test_what_was_not_sealed_is_refused(sealed: str) -> None:
    with pytest.raises(SecretUnreadable):
        SEALER.open(sealed, "p")


def test_the_hash_of_an_identity_is_keyed_and_stable() -> None:
    assert SEALER.identity("phone", "+351912345678") == SEALER.identity("phone", "+351912345678")
    assert SEALER.identity("phone", "+351912345678") != SEALER.identity("email", "+351912345678")
    other = Sealer(SecretStr("A" * 43 + "="))
    assert other.identity("phone", "+351912345678") != SEALER.identity("phone", "+351912345678")


@pytest.mark.parametrize("key", ["", "short", "A" * 42, "A" * 48, "not base64!", "é" * 44])
def test_a_bad_key_is_refused_with_the_way_to_make_one(key: str) -> None:
    with pytest.raises(ValueError, match="openssl rand -base64 32"):
        Sealer(SecretStr(key))


def test_pauses_grow_to_the_longest() -> None:
    assert list(islice(Pauses(1, 5, jitter=0), 5)) == [1, 2, 4, 5, 5]
    assert [Pauses(1, 5, jitter=0).of(n) for n in (1, 2, 3, 4, 1000)] == [1, 2, 4, 5, 5]


@given(st.floats(0.01, 100), st.floats(0.01, 100), st.integers(1, 40))
def test_the_pause_after_an_attempt_is_the_one_that_comes_in_turn(first: float, longest: float, attempt: int) -> None:
    pauses = Pauses(first, longest, jitter=0)
    assert pauses.of(attempt) == list(islice(pauses, attempt))[-1] <= longest


@given(st.floats(0, 1))
def test_jitter_stays_within_its_share(jitter: float) -> None:
    assert 1 - jitter <= Pauses(1, 1, jitter).of(1) <= 1 + jitter


def test_a_few_dead_letters_are_no_flood() -> None:
    gate = FloodGate(3)
    gate.count(1000, 3)
    with pytest.raises(Fatal):
        gate.count(0, 1)


async def test_the_end_of_one_task_is_the_end_of_all() -> None:
    async def waits(stop: asyncio.Event) -> None:
        await stop.wait()

    async def breaks(_: asyncio.Event) -> None:
        raise Fatal("the client is broken")

    with pytest.raises(Fatal, match="the client is broken"):
        await together([waits, breaks], asyncio.Event())


def test_a_trace_goes_on_in_its_steps() -> None:
    root = telemetry.new_trace()
    child = telemetry.child_of(root)
    assert child.split("-")[1] == root.split("-")[1]
    assert child != root
    assert telemetry.child_of("rubbish").startswith("00-")


def test_settings_read_shared_names_without_a_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "broker:9092")
    monkeypatch.setenv("TOPIC_PREFIX", "acme.")
    settings = ServiceSettings(database_url=SecretStr("postgresql://x"))
    kafka = Kafka.of(settings)
    assert kafka.named("crm.items") == "acme.crm.items"
    assert kafka.bootstrap_servers == "broker:9092"


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="kafka_bootstrap_server"):
        ServiceSettings.model_validate({"database_url": "postgresql://x", "kafka_bootstrap_server": "typo"})


class ShopSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")

    opens: str = ""
    closes: str = ""

    @model_validator(mode="after")
    def together(self) -> Self:
        if self.opens and not self.closes:
            raise ValueError("with SHOP_OPENS, set SHOP_CLOSES too")
        return self


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "SHOP_DATABASE_URL: Field required"),
        (
            {"SHOP_DATABASE_URL": "x", "KAFKA_PARTITIONS": "many-secrets"},
            "KAFKA_PARTITIONS: Input should be a valid int",
        ),
        ({"SHOP_DATABASE_URL": "x", "SHOP_TOKENS": "{secret"}, "SHOP_TOKENS: it must be JSON"),
        ({"SHOP_DATABASE_URL": "x", "SECRET_KEY": "c2VjcmV0"}, "SECRET_KEY: Value error, SECRET_KEY must be 32 bytes"),
        ({"SHOP_DATABASE_URL": "x", "SHOP_OPENS": "secret"}, "with SHOP_OPENS, set SHOP_CLOSES too"),
    ],
)
def test_a_wrong_setting_ends_the_command_with_the_variable_and_without_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], told: dict[str, str], words: str
) -> None:
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match="2"):
        read_settings(ShopSettings)
    said = capsys.readouterr().err
    assert words in said
    assert "secret" not in said


def test_a_key_goes_where_kafkas_own_partitioner_sends_it() -> None:
    # Values of org.apache.kafka.common.utils.Utils.murmur2, from Kafka's own tests: "21" -> -973932308.
    assert partition_of("21", 12) == (-973932308 & 0x7FFFFFFF) % 12
    assert Kafka("b").partition(topics.CONFIG, "anything") == 0


async def test_topics_are_made_once_with_the_prefix_and_what_the_table_says(deployment: Deployment) -> None:
    only = [topics.ITEMS.name, topics.CONFIG.name, "crm-api.consume.dead"]
    made = await make_topics(deployment.kafka, only=only)
    deployment.made += made
    assert sorted(made) == sorted(deployment.prefix + name for name in only)
    assert await make_topics(deployment.kafka, only=only) == []
