"""Lines of a timeline in words: moves between pipelines, bookings, documents, questions, tasks and activities."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from contracts.executions import EffectSeen, ExecutionRow, PlanNote
from contracts.rules import RuleSetRef
from crm_api.executions.telling import TimelineRow, moment, rule_words, told

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
VAN = {"resource": "van", "actor": "user:ann", "starts_at": "2026-03-02T10:00Z", "ends_at": "2026-03-02T11:00Z"}


def line(kind: str, /, **body: Any) -> TimelineRow:
    return told({"id": uuid4(), "at": AT, "kind": kind, "body": body})


WORDS: list[tuple[TimelineRow, str]] = [
    (line("created"), "created"),
    (line("restored", actor="user:ann", why="by mistake"), "restored by user:ann: by mistake"),
    (line("deleted"), "deleted"),
    (
        line("moved", **{"from": "new", "from_pipeline": "deal/retail", "to": "first", "pipeline": "deal/vip"}),
        "moved from new of deal/retail to first of deal/vip",
    ),
    (line("moved", **{"from": "new", "from_pipeline": "", "to": "paid", "pipeline": None}), "moved from new to paid"),
    (
        line("changed", actor="user:ann", changes={"a": {"old": None, "new": 1}, "b": {"old": 2}}),
        "changed by user:ann: a None → 1; b 2 → None",
    ),
    (line("changed"), "changed: "),
    (line("booked", **VAN), "van booked by user:ann from 2026-03-02T10:00Z to 2026-03-02T11:00Z"),
    (line("rebooked", **VAN), "the booking of van moved by user:ann to 2026-03-02T10:00Z"),
    (line("booking_cancelled", resource="van"), "the booking of van cancelled"),
    (
        line("document", template="offer", number="2026/7", version=2, actor="user:ann"),
        "document offer 2026/7, version 2 by user:ann",
    ),
    (line("asked", whom="rui", text="Which oven?"), "asked rui: Which oven?"),
    (line("answered", text="Which oven?"), "answered: Which oven?"),
    (line("task", status="in_progress", title="Call", actor="user:rui"), "task in progress by user:rui: Call"),
    (line("task", status="done", title="Call", result="No answer"), "task done: Call (No answer)"),
    (
        line("activity", activity_kind="meeting", state="planned", subject="Measure", starts_at=AT.isoformat()),
        "meeting planned for 2026-03-02 10:00:00 UTC: Measure",
    ),
    (
        line("activity", activity_kind="call", state="done", subject="Offer", starts_at=AT.isoformat(), result="Yes"),
        "call done: Offer (Yes)",
    ),
    (line("activity", activity_kind="note", state="planned", subject="Later"), "note planned: Later"),
    (line("loop", words="12 moves from one cause"), "not made: 12 moves from one cause"),
    (line("loop", to="paid", words="12 moves"), "not moved to paid: 12 moves"),
    (
        line("released", actor="user:ann", words="12 moves"),
        "the chain of causes that was stopped was released by user:ann: 12 moves",
    ),
    (line("signal", kind="visit"), "visit arrived and moved nothing: no trigger fits"),
    (line("signal", kind="visit", why_not="of_tomorrow"), "visit arrived and moved nothing: of_tomorrow"),
    (line("not_chosen", trigger="asks", stage="new"), "trigger asks to new was not chosen: "),
]


@pytest.mark.parametrize(("row", "words"), WORDS, ids=lambda one: one if isinstance(one, str) else one.kind)
def test_a_line_says_what_happened_also_where_not_all_of_it_is_known(row: TimelineRow, words: str) -> None:
    assert row.words == words


def test_what_the_words_leave_out_is_in_the_details_without_what_has_a_place_of_its_own() -> None:
    row = line("moved", **{"from": "new", "to": "paid", "stage": "other", "actor": "user:ann", "correlation": "c"})
    assert row.stage == "paid"
    assert row.details == {"from": "new", "to": "paid", "correlation": "c"}


def test_the_reason_is_why_or_why_not() -> None:
    rows = (line("signal", why="a", why_not="b"), line("signal", why_not="b"), line("signal"))
    assert [row.reason for row in rows] == ["a", "b", ""]


def rule(**more: Any) -> ExecutionRow:
    told = {"id": uuid4(), "version": 4, "item": uuid4(), "activation": 2, "rule": uuid4(), "rule_key": "greet"}
    where = {"rule_set": RuleSetRef(pipeline="deal/retail", number=1), "stage": "new", "action": "send-sms"}
    return ExecutionRow.model_validate({**told, **where, "state": "waiting", "planned_at": AT, **more})


def test_a_rule_that_waits_for_no_moment_yet_does_not_say_when() -> None:
    assert rule_words(rule()) == "greet: waits until ?"
    assert rule_words(rule(state="waiting_for_date", due_at=AT)) == "greet: waits for its date"
    assert moment(None) == "?"


def test_a_rule_is_told_with_its_effects_its_notes_and_what_it_saw_as_json() -> None:
    effect = EffectSeen(id=uuid4(), whom="contact", state="uncertain", version=1, at=AT)
    notes = (PlanNote(at=AT, new=AT, cause="entry"),)
    seen, results = {"contact.name": "Ana"}, {"reference": "SM1"}
    row = rule(effects=(effect,), notes=notes, seen=seen, results=results, finished_at=AT, state="uncertain")
    body = row.model_dump(mode="json")
    shown = told({"id": row.id, "at": AT, "kind": "rule", "body": body})
    assert (shown.id, shown.seen, shown.results) == (row.id, seen, results)
    assert (shown.effects, shown.notes) == (tuple(body["effects"]), tuple(body["notes"]))
    assert shown.details == {key: body[key] for key in shown.details}
    assert (shown.details["finished_at"], shown.details["dispatched_at"]) == ("2026-03-02T10:00:00Z", None)
