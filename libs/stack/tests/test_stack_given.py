"""Servers that the environment names are asked once, and never touched."""

from pathlib import Path

import pytest
from stack import StackError, start
from stack.settings import Settings

NOBODY = "127.0.0.1:9"


@pytest.fixture(autouse=True)
def unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_a_wrong_broker_address_is_said_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", NOBODY)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://postgres@{NOBODY}/postgres")
    with pytest.raises(StackError, match=f"no broker answers at KAFKA_BOOTSTRAP_SERVERS={NOBODY}"):
        start("auto", home=tmp_path).__enter__()


def test_one_name_without_the_other_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://postgres@{NOBODY}/postgres")
    with pytest.raises(StackError, match="name both servers"):
        start("auto", home=tmp_path).__enter__()


def test_given_without_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="name both servers"):
        start("given", home=tmp_path).__enter__()


def test_the_named_servers_are_used_and_left_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with start("native", home=tmp_path, durable=False) as own:
        monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", own.kafka)
        monkeypatch.setenv("DATABASE_URL", own.postgres)
        handle = start("auto", home=tmp_path)
        for _ in range(2):
            with handle as stack:
                assert (stack.kafka, stack.postgres, stack.kind) == (own.kafka, own.postgres, "given")
                with pytest.raises(StackError, match="not ours"):
                    handle.restart_kafka()
        monkeypatch.setenv("DATABASE_URL", own.database("absent"))
        with pytest.raises(StackError, match='no database answers at DATABASE_URL: database "absent" does not exist'):
            handle.__enter__()


def test_an_empty_variable_is_not_set() -> None:
    settings = Settings.read({"KAFKA_BOOTSTRAP_SERVERS": "", "HOME": "/nonexistent", "KAFKA_IMAGE": "mirror/kafka:4"})
    assert settings.kafka is None
    assert settings.kafka_image == "mirror/kafka:4"
    assert settings.postgres_image == "postgres:18"
