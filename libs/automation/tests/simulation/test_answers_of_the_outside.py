"""What a simulation answers in the place of the outside: as history says, else sent, put off, skipped or too late."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.knowledge import Knowledge
from automation.simulation.answers import LAST, Answers, moment
from automation.testing import DEAL, NOW, REF, named, record, shop
from contracts.actions import PerformAction
from contracts.commands import MoveItem
from contracts.executions import ExecutionRow
from contracts.ids import effect_id
from contracts.outcomes import EffectOutcome
from hypothesis import example, given, settings
from hypothesis import strategies as st

HOUR = timedelta(hours=1)
RUN = named("execution")
CLIENT = named("client")
MARIA = {"whom": f"contact:{CLIENT}", "address": "+351912345678", "contact": CLIENT}
EVA = {"whom": "person:eva", "address": "+351910000003"}
NOBODY = {"whom": "contact", "missing": "the item has no contact"}
# 23:30 in Lisbon, where it is winter.
LATE = NOW.replace(hour=23, minute=30)
MORNING = LATE + timedelta(hours=9.5)


def asked(*recipients: dict[str, Any], action: str = "send-sms", **parts: Any) -> PerformAction:
    told = {"execution": RUN, "item": DEAL, "item_type": "deal", "activation": 1, "rule": named("rule")}
    rest = {"rule_key": "r", "action": action, "recipients": recipients, "due_at": NOW, "config": 1}
    return PerformAction.model_validate({**told, **rest, **parts})


def ran(state: str = "succeeded", **parts: Any) -> ExecutionRow:
    """Give a row as history recorded it: sent on its way at one moment, over two hours later."""
    told = {"id": RUN, "version": 3, "item": DEAL, "activation": 1, "rule": named("rule"), "rule_key": "r"}
    place = {"rule_set": REF, "stage": "new", "action": "send-sms", "state": state, "planned_at": NOW}
    times = {"dispatched_at": NOW - 5 * HOUR, "finished_at": NOW - 3 * HOUR}
    return ExecutionRow.model_validate({**told, **place, **times, **parts})


def effect(whom: str, state: str, **parts: Any) -> dict[str, Any]:
    return {"id": named(whom), "whom": whom, "state": state, "version": 3, "at": NOW, **parts}


def spared(over: str = "put_off", of: str = "all", **ways: str) -> Knowledge:
    """Give a shop that leaves its clients alone at night."""
    night = {"from": "21:00", "until": "09:00", "over": over, "of": of}
    quiet = dict.fromkeys(ways or ("sms",), night)
    return shop(extra=(record("portal", "portal", {"zone": "Europe/Lisbon", "quiet": quiet}),))


def answers(
    action: PerformAction, *recorded: ExecutionRow, knowledge: Knowledge | None = None, now: datetime = NOW
) -> list[tuple[datetime, EffectOutcome]]:
    return list(Answers({row.id: row for row in recorded}).to_action(action, knowledge or shop(), now))


def told(*args: Any, **parts: Any) -> list[tuple[str, str, datetime]]:
    return [(one.state, one.reason, at) for at, one in answers(*args, **parts)]


def test_each_recipient_is_answered_once_and_each_answer_says_how_many_there_are() -> None:
    twice = [one for _, one in answers(asked(MARIA, EVA, MARIA, round=4, activation=9))]
    assert [(one.whom, one.effects, one.round, one.activation) for one in twice] == [
        (MARIA["whom"], 2, 4, 9),
        (EVA["whom"], 2, 4, 9),
    ]
    assert [one.effect for one in twice] == [effect_id(RUN, str(MARIA["whom"])), effect_id(RUN, "person:eva")]
    assert {(one.state, one.at, one.version) for one in twice} == {("sent", NOW, LAST)}


def test_whom_nobody_can_reach_is_skipped_with_the_words_and_has_no_results() -> None:
    [(at, one)] = answers(asked(NOBODY, action="create-task"))
    assert (one.state, one.reason, one.results, at) == ("skipped", "the item has no contact", {}, NOW)


@pytest.mark.parametrize(
    ("over", "of", "parts", "state", "at"),
    [
        ("put_off", "all", {}, "sent", MORNING),
        ("skip", "all", {}, "skipped", LATE),
        ("put_off", "advertising", {}, "sent", LATE),
        ("put_off", "advertising", {"params": {"advertising": True}}, "sent", MORNING),
        ("skip", "all", {"params": {"important": True}}, "sent", LATE),
        ("put_off", "all", {"expires_at": MORNING}, "sent", MORNING),
        ("put_off", "all", {"expires_at": MORNING - timedelta(seconds=1)}, "missed", MORNING),
        ("put_off", "all", {"action": "create-task"}, "sent", LATE),
        ("put_off", "all", {"action": "unheard-of"}, "sent", LATE),
    ],
)
def test_quiet_hours_hold_what_workers_would_hold(
    over: str, of: str, parts: dict[str, Any], state: str, at: datetime
) -> None:
    [(said, reason, when)] = told(asked(MARIA, **parts), knowledge=spared(over, of), now=LATE)
    assert (said, when) == (state, at)
    assert bool(reason) == (state != "sent")


def test_what_comes_too_late_and_what_is_skipped_say_why() -> None:
    at = MORNING - HOUR
    [(_, late, _)] = told(asked(MARIA, expires_at=at), knowledge=spared(), now=LATE)
    [(_, skipped, _)] = told(asked(MARIA), knowledge=spared("skip"), now=LATE)
    assert late == "too late: it was wanted before 2026-03-03 08:00 UTC"
    assert skipped == "quiet hours until 09:00 Europe/Lisbon"


def test_our_own_people_are_never_spared_and_by_day_nobody_is() -> None:
    assert told(asked(EVA), knowledge=spared("skip"), now=LATE) == [("sent", "", LATE)]
    assert told(asked(MARIA), knowledge=spared("skip")) == [("sent", "", NOW)]


def test_a_message_keeps_the_hours_of_the_channel_that_it_takes_where_that_reaches_them() -> None:
    # By its number it is night in Lisbon, and day in Los Angeles.
    route = {"channel": "sms", "address": "+12133734253"}
    to = asked({**MARIA, "address": ""}, action="send-message", params={"routes": [route]})
    assert told(to, knowledge=spared(sms=""), now=LATE) == [("sent", "", LATE)]
    here = asked(MARIA, action="send-message", params={"routes": [{**route, "address": MARIA["address"]}]})
    assert told(here, knowledge=spared(sms=""), now=LATE) == [("sent", "", MORNING)]
    assert told(here, knowledge=spared(email=""), now=LATE) == [("sent", "", LATE)]


@pytest.mark.parametrize("state", ["planned", "buffered", "claimed", "awaited"])
def test_what_history_left_open_stays_without_an_answer(state: str) -> None:
    row = ran("dispatched", effects=[effect("person:eva", state)])
    assert told(asked(EVA), row) == []
    # The others are answered all the same.
    assert told(asked(EVA, NOBODY), row) == [("skipped", NOBODY["missing"], NOW)]


def test_what_history_knows_is_told_as_it_was_whatever_would_be_made_up() -> None:
    known = effect("person:eva", "failed", reason="no such number", reference="SM1")
    row = ran("failed", effects=[known], results={"id": "7"})
    [(at, one)] = answers(asked(EVA), row, knowledge=spared("skip"), now=LATE)
    assert (one.effect, one.state, one.reason, one.reference, one.results) == (
        named("person:eva"),
        "failed",
        "no such number",
        "SM1",
        {"id": "7"},
    )
    assert at == one.at == LATE + 2 * HOUR


@pytest.mark.parametrize("changes", [{"round": 2}, {"dispatched_at": None}, {"effects": []}])
def test_what_history_says_of_another_round_or_never_sent_is_made_up(changes: dict[str, Any]) -> None:
    row = ran("failed", **{"effects": [effect("person:eva", "failed")], **changes})
    assert told(asked(EVA), row) == [("sent", "", NOW)]


@settings(max_examples=40, deadline=None)
@given(
    sent=st.none() | st.integers(-500, 500),
    ended=st.none() | st.integers(-500, 500),
    state=st.sampled_from(["succeeded", "failed", "dispatched", "uncertain", "cancelled", "waiting"]),
)
@example(sent=0, ended=5, state="dispatched")
@example(sent=5, ended=0, state="succeeded")
def test_an_answer_takes_as_long_as_it_took_and_never_comes_before_the_question(
    sent: int | None, ended: int | None, state: str
) -> None:
    def at(minutes: int | None) -> datetime | None:
        return None if minutes is None else NOW - 900 * HOUR + timedelta(minutes=minutes)

    came = moment(ran(state, dispatched_at=at(sent), finished_at=at(ended)), NOW) - NOW
    open_ = state in {"dispatched", "uncertain", "waiting"}
    took = 0 if sent is None or ended is None or open_ else max(0, ended - sent)
    assert came == timedelta(minutes=took)


MOVE = MoveItem(execution=RUN, item=DEAL, rule=named("rule"), owner="ann", config=5, stage="paid")


@pytest.mark.parametrize(
    ("state", "outcome"), [("succeeded", "done"), ("failed", "failed"), ("cancelled", "cancelled")]
)
def test_a_command_is_answered_as_history_recorded_it(state: str, outcome: str) -> None:
    row = ran(state, reason="why", results={"item": "9"})
    answer = Answers({RUN: row}).to_command(MOVE, NOW)
    assert answer is not None
    at, done = answer
    assert (at, done.outcome, done.reason, done.results) == (NOW + 2 * HOUR, outcome, "why", {"item": "9"})
    assert (done.execution, done.item, done.round, done.config) == (RUN, DEAL, 1, 5)


@pytest.mark.parametrize(
    "recorded",
    [None, ran("dispatched"), ran("skipped"), ran(round=2), ran("cancelled", dispatched_at=None)],
    ids=["unknown", "open", "skipped", "another round", "never sent"],
)
def test_a_command_that_history_does_not_know_has_no_answer(recorded: ExecutionRow | None) -> None:
    known = {RUN: recorded} if recorded else {}
    assert Answers(known).to_command(MOVE, NOW) is None


def test_results_are_those_of_history_or_none() -> None:
    known = Answers({RUN: ran(results={"url": "x"})})
    assert known.results(RUN) == {"url": "x"}
    assert known.results(named("another")) == {}


def made(action: str, *, execution: UUID = RUN, public: str = "https://shop.example/") -> dict[str, Any]:
    portal = record("portal", "portal", {"zone": "Europe/Lisbon", "public_url": public})
    [(_, one)] = answers(asked(EVA, action=action, execution=execution), knowledge=shop(extra=(portal,)))
    return one.results


def test_what_the_outside_would_make_derives_from_the_effect_so_that_two_runs_are_alike() -> None:
    document, task = made("create-document"), made("create-task")
    of = effect_id(RUN, "person:eva")
    assert document["url"] == f"https://shop.example/d/{of.hex}"
    assert (document["document"], document["number"], document["name"]) == (str(of), of.hex[:8], f"{of.hex[:8]}.html")
    assert (task, made("send-webhook"), made("send-sms")) == ({"id": str(of)}, {"status": 200}, {})
    assert made("create-document") == document
    assert made("create-document", public="https://shop.example") == document
    assert made("create-document", execution=named("another"))["url"] != document["url"]
