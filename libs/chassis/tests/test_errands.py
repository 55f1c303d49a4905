"""Errands: what a service's command does once."""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import structlog
from chassis.command import Command, Errand, ErrandRefused
from chassis.settings import ServiceSettings


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    yield
    structlog.reset_defaults()  # a command lets its logs go to the output that this test alone has


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True)


async def greet(_: ServiceSettings, given: argparse.Namespace) -> str:
    if given.name == "nobody":
        raise ErrandRefused("there is nobody to greet")
    return f"Good day, {given.name}"


async def run(roles: Sequence[str], _: ServiceSettings, __: asyncio.Event) -> None:
    raise AssertionError(roles)


SHOP = Command("shop", "A shop", ("serve",), Path(), ServiceSettings, run, (Errand("greet", arguments, greet),))


def called(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nowhere")
    monkeypatch.setattr(sys, "argv", ["shop", *words])
    SHOP.main()


def test_an_errand_says_what_it_did(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    called(monkeypatch, "greet", "--name", "Ada")
    assert capsys.readouterr().out == "Good day, Ada\n"


def test_an_errand_that_is_refused_ends_with_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="1"):
        called(monkeypatch, "greet", "--name", "nobody")
    assert capsys.readouterr().err == "there is nobody to greet\n"


def test_a_role_that_is_not_there_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        called(monkeypatch, "sing")
    assert "invalid choice: 'sing'" in capsys.readouterr().err
