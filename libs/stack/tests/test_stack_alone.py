"""What the stack does by itself, without a server: names, settings, waiting, and the records of its runs."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from stack import Stack, StackError, answers, start
from stack.addresses import quoted
from stack.answers import NotYetError, ask_kafka, ask_postgres, wait_for
from stack.runs import Run, recorded_runs, sweep
from stack.settings import Settings

STACK = Stack("127.0.0.1:9092", "postgresql://postgres:secret@127.0.0.1:5432/postgres?sslmode=disable", "native")


@pytest.mark.parametrize(
    ("name", "path"), [("crm", "/crm"), ("my shop", "/my%20shop"), ("50%", "/50%25"), ("a?b#c", "/a%3Fb%23c")]
)
def test_another_database_of_the_server_is_named_whatever_signs_it_has(name: str, path: str) -> None:
    assert STACK.database(name) == f"postgresql://postgres:secret@127.0.0.1:5432{path}?sslmode=disable"


@pytest.mark.parametrize(("name", "written"), [("a", '"a"'), ('a"; DROP', '"a""; DROP"'), ("", '""')])
def test_a_name_is_never_more_than_a_name(name: str, written: str) -> None:
    assert quoted(name) == written


def test_what_is_fetched_once_is_kept_where_the_person_says_or_where_one_may_write(tmp_path: Path) -> None:
    assert Settings.read({"XDG_CACHE_HOME": "/srv/cache", "HOME": str(tmp_path)}).cache == Path(
        "/srv/cache/local-stack"
    )
    assert Settings.read({"HOME": str(tmp_path)}).cache == tmp_path / ".cache" / "local-stack"
    nowhere = Settings.read({"HOME": "/nonexistent"}).cache
    assert nowhere == Path(tempfile.gettempdir()) / f"cache-{os.getuid()}" / "local-stack"


class Server:
    """A server that answers at last, or has ended, or neither."""

    def __init__(self, *, answers_at: int = 10**9, dies_at: int = 10**9) -> None:
        self.asked = 0
        self.answers_at, self.dies_at = answers_at, dies_at

    def ask(self) -> None:
        self.asked += 1
        if self.asked < self.answers_at:
            raise NotYetError("refused")

    def wait(self) -> None:
        wait_for(self.ask, died=lambda: self.asked >= self.dies_at, last_words=lambda: "no space left", what="Kafka")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "PAUSE", 0.0)


def test_a_server_is_asked_until_it_answers() -> None:
    server = Server(answers_at=5)
    server.wait()
    assert server.asked == 5


def test_a_server_that_has_ended_is_quoted_and_not_waited_for() -> None:
    server = Server(dies_at=3)
    with pytest.raises(StackError, match=r"Kafka ended while it started\. Its last words:\nno space left"):
        server.wait()
    assert server.asked == 3


def test_a_server_that_takes_too_long_is_told_with_why_it_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LIMIT", -1.0)
    with pytest.raises(StackError, match=r"Kafka does not answer: refused\. Its last words:\nno space left"):
        Server().wait()


@pytest.mark.parametrize("address", ["127.0.0.1:9", "127.0.0.1", "127.0.0.1:many", ""])
def test_an_address_at_which_no_broker_can_be_is_no_answer(address: str) -> None:
    with pytest.raises(NotYetError, match=f"^{address}: "):
        ask_kafka(address)


@pytest.mark.parametrize("address", ["postgresql://127.0.0.1:9/x", "postgresql://127.0.0.1:many/x", "nonsense"])
def test_an_address_at_which_no_database_can_be_is_no_answer(address: str) -> None:
    with pytest.raises(NotYetError):
        ask_postgres(address)


def test_nothing_can_be_restarted_that_was_not_started(tmp_path: Path) -> None:
    handle = start("native", home=tmp_path)
    assert not handle.alive()
    for restart in (handle.restart_kafka, handle.restart_postgres):
        with pytest.raises(StackError, match="the stack is not up"):
            restart()


def test_the_record_of_a_run_holds_all_that_must_go_with_it(tmp_path: Path) -> None:
    run = Run.begin(tmp_path)
    run.note_addresses(STACK)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    run.adopt(elsewhere)
    [read] = recorded_runs(tmp_path)
    assert (read.id, read.live, read.directories) == (run.id, True, [str(run.directory), str(elsewhere)])
    assert read.stack["postgres"] == STACK.postgres
    assert run.record.stat().st_mode & 0o077 == 0, "it names a password"
    assert sweep(tmp_path) == [], "it lives"
    assert [gone.id for gone in sweep(tmp_path, also_live=True)] == [run.id]
    assert not elsewhere.exists()
    assert list((tmp_path / "run").iterdir()) == []
    read.remove()


def test_a_record_that_is_only_half_written_is_not_read(tmp_path: Path) -> None:
    run = Run.begin(tmp_path)
    (tmp_path / "run" / "1-abc.draft").write_text(json.dumps({})[:1])
    assert [read.id for read in recorded_runs(tmp_path)] == [run.id]
    run.remove()
