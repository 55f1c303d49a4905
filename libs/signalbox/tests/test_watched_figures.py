"""Figures of the watch, and lines of dead letters, from what the broker and the databases are pretended to say."""

from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import TopicPartition
from chassis.dead_letters import Buried
from chassis.kafka import Kafka
from contracts.topics import ACTIONS, CONFIG, ITEMS
from prometheus_client import generate_latest
from signalbox import dead
from signalbox.checks import Finding, look_at_topics
from signalbox.table import laid_out
from signalbox.watching.figures import CLOSED, FINISHED, LAG, LOOPS, OUTBOX, OVERDUE, WATCHED, Board, Sample
from signalbox.watching.lag import behind, lags
from signalbox.watching.store import sample

ZERO, ONE = (TopicPartition("crm.items", partition) for partition in range(2))


@pytest.mark.parametrize(
    ("begins", "ends", "done", "records"),
    [
        ((0, 0), (0, 0), {}, 0),
        ((0, 0), (3, 4), {}, 7),
        ((0, 0), (3, 4), {ZERO: 3}, 4),
        ((0, 0), (3, 4), {ZERO: 3, ONE: 4}, 0),
        ((10, 0), (13, 4), {ZERO: 2}, 7),
        ((10, 0), (10, 4), {ZERO: 2, ONE: 4}, 0),
        ((0, 0), (3, 4), {ZERO: 9, ONE: 1}, 3),
    ],
    ids=["empty", "never", "one of two", "all", "old ones are gone", "all are gone", "made anew: beyond its end"],
)
def test_behind_is_what_still_stands_and_is_not_finished(
    begins: tuple[int, int], ends: tuple[int, int], done: dict[TopicPartition, int], records: int
) -> None:
    places = (ZERO, ONE)
    told = [dict(zip(places, offsets, strict=True)) for offsets in (begins, ends)]
    assert behind(places, told[0], told[1], done) == records


def test_each_group_has_a_figure_for_each_topic_that_it_reads_and_no_other_has() -> None:
    config = TopicPartition("p.crm.config", 0)
    places = {ITEMS: [ZERO, ONE], CONFIG: [config]}
    begins, ends = dict.fromkeys([ZERO, ONE, config], 0), {ZERO: 5, ONE: 5, config: 9}
    done = {"rule-scheduler.consume": {ZERO: 5, ONE: 2}, "rule-scheduler.config": {}}
    assert list(lags(places, done, begins, ends)) == [
        Sample(LAG, ("rule-scheduler.consume", "crm.items"), 3),
        Sample(FINISHED, ("rule-scheduler.consume", "crm.items"), 7),
        Sample(LAG, ("rule-scheduler.config", "crm.config"), 9),
        Sample(FINISHED, ("rule-scheduler.config", "crm.config"), 0),
    ]
    assert list(lags({ACTIONS["sms"]: []}, done, {}, {})) == []


def test_the_board_shows_the_last_look_alone() -> None:
    board = Board()

    def told() -> list[str]:
        lines = generate_latest(board.registry).decode().splitlines()
        return [line for line in lines if not line.startswith("#")]

    assert told() == []
    board.show([Sample(WATCHED, ("broker",), 1), Sample(CLOSED, ("sms/twilio",), 1)])
    assert told() == ['signalbox_watched{what="broker"} 1.0', 'signalbox_account_closed{account="sms/twilio"} 1.0']
    board.show([Sample(WATCHED, ("broker",), 0)])
    assert told() == ['signalbox_watched{what="broker"} 0.0']


@pytest.mark.parametrize(
    ("figure", "row", "made"),
    [
        (OUTBOX, (7.5,), Sample(OUTBOX, ("crm-api",), 7.5)),
        (OVERDUE, ("fire", 3.0), Sample(OVERDUE, ("crm-api", "fire"), 3.0)),
        (CLOSED, ("sms/twilio", 1.0), Sample(CLOSED, ("sms/twilio",), 1.0)),
        (LOOPS, (2.0,), Sample(LOOPS, (), 2.0)),
    ],
)
def test_a_row_of_a_database_is_shown_under_its_service_where_several_have_such(
    figure: Any, row: tuple[Any, ...], made: Sample
) -> None:
    found = sample(figure, "crm-api", *row)
    assert (found.figure, tuple(found.labels), found.value) == (made.figure, made.labels, made.value)


def letter(**more: Any) -> Buried:
    known: dict[str, Any] = {
        "offset": 5,
        "died_at": datetime(2026, 3, 2, 9, 30, 59, 999, tzinfo=UTC),
        "topic": "crm.items",
        "partition": 1,
        "place": 41,
        "error": "Unreadable",
        "reason": "item:\nField required",
        "attempts": 3,
        "redrives": 2,
        "key": b"+351",
        "headers": [("ce_type", b"crm.item.changed.v1")],
        "value": b"{",
    }
    return Buried(**{**known, **more})


def test_a_letter_is_one_line_without_its_key() -> None:
    line = dead.line(letter())
    assert line[1:4] == ("2026-03-02 09:30:59Z", "crm.items[1]@41", "crm.item.changed.v1")
    assert line[4:] == (3, 2, "Unreadable: item: Field required")
    assert "+351" not in "".join(map(str, line))


def test_a_letter_without_headers_has_dashes_and_one_that_is_no_text_is_shown_all_the_same() -> None:
    bare = letter(headers=[], key=b"\xff", value=b"\x00\xff")
    assert dead.named(bare) == "5: - - to crm.items[1]"
    whole = dead.whole(bare)
    assert "key: \\xff" in whole
    assert whole.endswith("\n\n\x00\\xff")


@pytest.mark.parametrize(
    ("finding", "line", "wrong"),
    [
        (Finding("broker"), "✓ broker", False),
        (Finding("broker", "is away"), "✗ broker: is away", True),
        (Finding("topics", "not known", looked=False), "· topics: not known", False),
    ],
)
def test_what_was_not_looked_at_is_not_wrong(finding: Finding, line: str, *, wrong: bool) -> None:
    assert (finding.line(), finding.wrong) == (line, wrong)


def test_topics_that_are_missing_are_told_before_those_that_are_otherwise() -> None:
    kafka = Kafka("nowhere:1", "p.", 2)
    present = {topic.name: 7 for topic in kafka.topics()}
    present.pop("p.actions.sms")
    found = look_at_topics(kafka, present | {"somebody.else": 3})
    assert found.trouble.startswith("1 are missing (p.actions.sms, …); make them with: signalbox topics")
    assert found.wrong


def test_columns_stand_under_one_another_and_the_last_is_as_long_as_it_is() -> None:
    told = laid_out(("A", "LONG"), [("1", "x" * 50), (None, ""), ("three", "y")])
    assert told.splitlines() == ["A      LONG", "1      " + "x" * 50, "None", "three  y"]
