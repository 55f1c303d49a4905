"""What timelines and histories say of what happened, in life, after a restore, and in an announcement of everything."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from automation.testing import CAUSE, CONTACT, NOW, PIPELINE, contact, deal, entry, named
from contracts.envelope import Cause, Envelope
from contracts.items import Change, Item, ItemChanged, ItemDeleted, ItemEvent, ItemStageChanged, Link
from crm_api.executions.telling import told
from crm_api.record import history, journal
from crm_api.record.items import Stored
from crm_api.recovery.announcing import as_params, snapshot
from crm_api.recovery.recovering import stood_for
from crm_api.simulation.history import Entry, told_of

STARTS = {"starts_at": "2026-12-01T10:00:00+00:00"}
TIMES = {"resource": "room", "starts_at": "ten", "ends_at": "eleven"}


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("moved", {"from": "new", "from_pipeline": "deal/a", "to": "in", "pipeline": "deal/b"},
         "moved from new of deal/a to in of deal/b"),
        ("restored", {"actor": "user:ann"}, "restored by user:ann"),
        ("loop", {"words": "it returned 10 times"}, "not made: it returned 10 times"),
        ("released", {"words": "it returned", "actor": "user:ann"},
         "the chain of causes that was stopped was released by user:ann: it returned"),
        ("booked", {**TIMES, "actor": "user:ann"}, "room booked by user:ann from ten to eleven"),
        ("rebooked", TIMES, "the booking of room moved to ten"),
        ("booking_cancelled", TIMES, "the booking of room cancelled"),
        ("asked", {"whom": "ann, leo", "text": "Which oven?"}, "asked ann, leo: Which oven?"),
        ("answered", {"text": "Which oven?", "actor": "user:ann"}, "answered by user:ann: Which oven?"),
        ("task", {"status": "in_progress", "title": "Call", "actor": "user:ann"},
         "task in progress by user:ann: Call"),
        ("task", {"status": "done", "title": "Call", "result": "agreed"}, "task done: Call (agreed)"),
        ("activity", {"activity_kind": "meeting", "state": "planned", "subject": "Measure", **STARTS},
         "meeting planned for 2026-12-01 10:00:00 UTC: Measure"),
        ("activity", {"activity_kind": "call", "state": "done", "subject": "Ring", "result": "agreed", **STARTS},
         "call done: Ring (agreed)"),
        ("document", {"template": "sold", "number": "7", "version": 2, "actor": "user:ann"},
         "document sold 7, version 2 by user:ann"),
    ],
)  # fmt: skip
def test_a_line_says_what_happened_and_by_whom(kind: str, body: dict[str, Any], words: str) -> None:
    assert told({"id": named("line"), "at": NOW, "kind": kind, "body": body}).words == words


def test_the_details_of_a_line_are_all_that_is_shown_nowhere_else() -> None:
    body = {"actor": "user:ann", "stage": "new", "why": "by hand", "changes": {}}
    row = told({"id": named("line"), "at": NOW, "kind": "created", "body": body})
    assert (row.actor, row.stage, row.reason, row.details) == (
        "user:ann",
        "new",
        "by hand",
        {"why": "by hand", "changes": {}},
    )


def change(old: Any, new: Any) -> Change:
    return Change(old=old, new=new)


@pytest.mark.parametrize(
    ("kind", "body", "changes"),
    [
        ("created", {"stage": "new", "pipeline": PIPELINE, "changes": {"amount": {"old": None, "new": "5 EUR"}}},
         {"stage": change(None, "new"), "pipeline": change(None, PIPELINE), "amount": change(None, "5 EUR")}),
        ("created", {}, {}),
        ("moved", {"from": "new", "to": "paid"}, {"stage": change("new", "paid")}),
        ("moved", {"from": "new", "to": "in", "from_pipeline": "deal/a", "pipeline": "deal/b"},
         {"stage": change("new", "in"), "pipeline": change("deal/a", "deal/b")}),
        ("deleted", {}, {"deleted": change(False, True)}),
        ("restored", {}, {"deleted": change(True, False)}),
        ("changed", {"changes": {"amount": {"old": "5 EUR"}}, "to": "x"}, {"amount": change("5 EUR", None)}),
        ("signal", {"kind": "visit"}, {}),
    ],
)  # fmt: skip
def test_a_history_has_each_value_before_and_after(kind: str, body: dict[str, Any], changes: dict[str, Change]) -> None:
    row = {"id": named("line"), "at": NOW, "kind": kind, "body": {**body, "actor": "user:ann", "why": "by hand"}}
    found = history.entry(row)
    assert (found.changes, found.who, found.why) == (changes, "user:ann", "by hand")


AMOUNT = {"amount": Change(old="1 EUR", new="2 EUR")}
CHANGED = {"changes": {"amount": {"old": "1 EUR", "new": "2 EUR"}}}
ENTERED = ItemStageChanged(item=deal(stage="paid"), config=1, from_stage="new")


@pytest.mark.parametrize(
    ("event", "lines"),
    [
        (entry(deal()).model_copy(update={"changed": AMOUNT}),
         [("created", {"stage": "new", "pipeline": PIPELINE, **CHANGED})]),
        (ItemChanged(item=contact().model_copy(update={"version": 1}), config=1, changed=AMOUNT),
         [("created", CHANGED)]),
        (ENTERED.model_copy(update={"changed": AMOUNT}),
         [("moved", {"from": "new", "to": "paid"}), ("changed", CHANGED)]),
        (ENTERED.model_copy(update={"from_pipeline": "deal/vip"}),
         [("moved", {"from": "new", "to": "paid", "from_pipeline": "deal/vip", "pipeline": PIPELINE})]),
        (ItemChanged(item=deal(), config=1, changed={"deleted": Change(old=True, new=False)}), [("restored", {})]),
        (ItemDeleted(item=deal(deleted=True), config=1, changed=AMOUNT), [("deleted", {}), ("changed", CHANGED)]),
    ],
)  # fmt: skip
def test_after_a_restore_timelines_have_every_line_that_one_change_wrote(event: ItemEvent, lines: list[Any]) -> None:
    assert list(stood_for(event)) == lines
    # And each of them can be told.
    for kind, body in lines:
        history.entry({"id": named("line"), "at": NOW, "kind": kind, "body": body})


def test_what_the_journal_keeps_of_a_message_is_read_as_it_was() -> None:
    event = entry(deal(amount="5 EUR"), contact())
    cause = Cause(CAUSE, named("before"), hops=3, actor="user:ann")
    sent = Envelope(named("event"), event.TYPE, "/crm-api", str(deal().id), NOW, cause, (CONTACT,))
    kept = journal.entry(sent, "key", event.model_dump_json(by_alias=True).encode(), NOW)
    read = told_of(Entry(kept.at, kept.kind, kept.body))
    assert (kept.key, read.data, read.offset) == ("key", event, 7)
    assert (read.envelope.id, read.envelope.cause, read.envelope.persons) == (sent.id, cause, (CONTACT,))


def snapped(item: Item, suppressed: str | None = None, since: datetime | None = None) -> Any:
    known = {one.id: Stored(one) for one in (contact(), deal(id=named("other")))}
    return snapshot(Stored(item, 4, suppressed), known, 9, since)


def test_a_snapshot_tells_an_item_with_each_that_it_links_to_once() -> None:
    ids: list[tuple[str, UUID]] = [("a", named("other")), ("b", CONTACT), ("c", named("other"))]
    item = deal(links=tuple(Link(role=role, type="x", id=id_) for role, id_ in ids))
    told_ = snapped(item, "job-1", NOW)
    assert [one.id for one in told_.linked] == [named("other"), CONTACT]
    assert (told_.item, told_.config, told_.since, told_.suppressed.job) == (item, 9, NOW, "job-1")
    assert (told_.rule_set.pipeline, told_.rule_set.number) == (PIPELINE, 4)
    assert (snapped(contact()).rule_set, snapped(contact()).suppressed) == (None, None)
    # An entry without a job's name is suppressed all the same.
    assert snapped(deal(), "").suppressed.job == ""


def test_the_same_announcement_is_asked_for_in_the_same_words_whatever_the_order_of_types() -> None:
    assert as_params(["deal", "contact"], NOW, config=True) == as_params(["contact", "deal"], NOW, config=True)
    assert as_params([], None, config=False) == {"types": [], "since": None, "config": False}
