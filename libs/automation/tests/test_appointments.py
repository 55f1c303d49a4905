"""Calls, meetings, activities and reminders of rules: whom they are for, and the moment that they name."""

from datetime import UTC, datetime
from typing import Any

import pytest
from automation.calls import Call
from automation.checking import check_rule_set
from automation.dispatching import Closed, Command, decide
from automation.documents import DocumentError
from automation.planning import plan_entry
from automation.testing import CAUSE, NOW, PIPELINE, contact, deal, entry, facts, record, rule, shop
from contracts.commands import Remind, ScheduleActivity
from contracts.items import Item
from contracts.rules import RuleSet, StageRules

Json = dict[str, Any]
MAIL = record("connection", "mail", {"id": "mail", "provider": "smtp"})
CALL: Json = {"subject": "Call {{ contact.name }}", "at": "1 hour"}


def decided(do: Json, item: Item | None = None) -> Any:
    of, who = rule("it", do), contact()
    knowledge = shop(of, extra=(MAIL,))
    item = item or deal(to=(who,), amount="900 EUR", due="2026-05-01", visit="2026-05-01T16:00:00+02:00")
    (row,) = plan_entry(entry(item, who), knowledge, CAUSE, NOW)
    return decide(row, of, facts(item, who, knowledge=knowledge), knowledge, NOW)


def scheduled(do: str, **params: Any) -> ScheduleActivity:
    decision = decided({do: {**CALL, **params}})
    assert isinstance(decision, Command), decision
    assert isinstance(decision.command, ScheduleActivity)
    return decision.command


def findings(*do: Json) -> list[tuple[str, str]]:
    rules = tuple(rule(f"r{n}", one) for n, one in enumerate(do))
    stages = (StageRules(stage="new", rules=rules),)
    rule_set = RuleSet(pipeline=PIPELINE, number=1, stages=stages, published_by="ann", published_at=NOW)
    knowledge = shop(*rules, extra=(MAIL,))
    return [(one.path, one.message) for one in check_rule_set(rule_set, knowledge.pipelines[PIPELINE], knowledge)]


def test_a_call_is_for_who_is_responsible_with_its_end_and_when_they_are_reminded() -> None:
    call = scheduled("schedule-call", important=True, text="About {{ item.title }}")
    assert (call.kind, call.subject, call.description) == ("call", "Call Maria", "About Sofa")
    assert (call.assignee, call.people, call.contact, call.important) == ("ann", (), None, True)
    assert call.ends_at is not None
    assert ((call.starts_at - NOW).total_seconds(), (call.ends_at - call.starts_at).total_seconds()) == (3600, 900)
    assert call.remind == "5 minutes"


def test_a_meeting_has_others_of_ours_and_the_client_where_they_are_invited() -> None:
    meeting = scheduled("schedule-meeting", people=["leo", "ann", "leo"], invite="mail", place="Hall 2")
    assert (meeting.kind, meeting.assignee, meeting.people, meeting.place) == (
        "meeting",
        "ann",
        ("leo", "ann"),
        "Hall 2",
    )
    assert (meeting.contact, meeting.invite) == (contact().id, "mail")
    note = scheduled("create-activity", kind="note", auto_complete=True)
    assert (note.kind, note.ends_at, note.remind, note.auto_complete) == ("note", None, "", True)


MOMENTS: list[tuple[Json, str]] = [
    ({"at": "2 hours"}, "2026-03-02T12:00"),
    ({"at": "1 day", "clock": "16:30"}, "2026-03-03T16:30"),
    ({"at": "1 working day", "clock": "10:00"}, "2026-03-03T10:00"),
    # A Saturday moves on to the Monday's opening.
    ({"at": "2026-03-07T12:00", "working_time": "portal"}, "2026-03-09T09:00"),
    ({"at": "9 hours", "working_time": "responsible"}, "2026-03-03T10:00"),
    ({"at": "2026-03-07T12:00"}, "2026-03-07T12:00"),
    ({"at": "2026-03-07"}, "2026-03-07T00:00"),
    ({"at": "item.due"}, "2026-05-01T00:00"),
    ({"at": "item.due", "clock": "09:15"}, "2026-05-01T09:15"),
    ({"at": "item.visit"}, "2026-05-01T16:00+02:00"),
]


@pytest.mark.parametrize(("params", "wall"), MOMENTS)
def test_a_moment_is_an_interval_an_exact_one_or_a_field_in_working_time_where_asked(params: Json, wall: str) -> None:
    at = scheduled("schedule-call", **params).starts_at
    shown = datetime.fromisoformat(wall)
    zone = facts(deal()).zone
    assert at == (shown if shown.tzinfo else shown.replace(tzinfo=zone)).astimezone(UTC)


def test_a_field_with_no_date_in_it_fails_in_words() -> None:
    for at, words in (
        ("item.nothing", "item.nothing is empty"),
        ("item.amount", "item.amount: '900 EUR' is not a date"),
    ):
        decision = decided({"schedule-call": {**CALL, "at": at}})
        assert isinstance(decision, Closed)
        assert (decision.row.state, decision.row.reason.startswith(words)) == ("failed", True)
    nobody = decided({"schedule-call": CALL}, deal(to=(contact(),), responsible=None))
    assert (nobody.row.state, nobody.row.reason) == ("skipped", "the item has no responsible")


def test_people_are_reminded_a_while_before_a_moment_each_of_a_role() -> None:
    of = {"to": {"role": "warehouse"}, "text": "Pack {{ item.title }}", "at": "2026-03-10T12:00", "lead": "1 day"}
    command = decided({"remind": of}).command
    assert isinstance(command, Remind)
    assert (command.text, command.people) == ("Pack Sofa", ("eva", "leo"))
    assert command.at == datetime(2026, 3, 9, 12, tzinfo=facts(deal()).zone)
    working = decided({"remind": {**of, "lead": "1 working day"}}).command
    assert working.at < datetime(2026, 3, 10, tzinfo=UTC)


WRONG: list[tuple[str, Json, str]] = [
    ("schedule-call", {"at": "soon"}, "at"),
    ("schedule-call", {"clock": "25:00"}, "clock"),
    ("schedule-call", {"duration": "long"}, "duration"),
    ("schedule-call", {"remind": "x"}, "remind"),
    ("schedule-call", {"to": "contact"}, "to"),
    ("schedule-meeting", {"to": {"role": "warehouse"}}, "to"),
    ("schedule-meeting", {"kind": "note"}, "kind"),
    ("create-activity", {}, "kind"),
    ("create-activity", {"kind": "dance"}, "kind"),
]


@pytest.mark.parametrize(("do", "params", "place"), WRONG)
def test_what_cannot_be_is_refused_at_save_naming_the_place(do: str, params: Json, place: str) -> None:
    with pytest.raises(DocumentError) as error:
        Call.read({do: {**CALL, **params}})
    assert error.value.path.startswith(f"do.{do}.{place}")


def test_what_is_not_there_is_found_at_save() -> None:
    assert findings({"schedule-call": {**CALL, "people": ["leo"], "invite": "mail"}}) == []
    found = findings(
        {"schedule-call": {**CALL, "people": ["nobody"], "invite": "pigeon"}},
        {"remind": {"text": "x", "at": "results.none.at"}},
    )
    assert [path for path, _ in found] == [
        "stages.0.rules.0.do.schedule-call.people.0",
        "stages.0.rules.0.do.schedule-call.invite",
        "stages.0.rules.1.do.remind.at",
    ]
