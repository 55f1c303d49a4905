"""After a restore: what announcements stand for on timelines, and who took care of which conversation."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from automation.testing import CAUSE, NOW, REF, deal, entry, named
from chassis.database import Transaction
from chassis.received import Received
from contracts.envelope import Cause, Envelope
from contracts.items import (
    Change,
    Item,
    ItemChanged,
    ItemDeleted,
    ItemEvent,
    ItemRulesApplied,
    ItemSnapshot,
    ItemStageChanged,
    SignalSeen,
)
from contracts.signals import Signal
from crm_api.chats.answering import ANSWERED
from crm_api.chats.receiving import FIRST
from crm_api.chats.telling import SOURCE
from crm_api.record.items import Stored
from crm_api.recovery.conversations import ConversationRecovery
from crm_api.recovery.recovering import CHUNK, Recovery, lines_of, parts, stood_for
from hypothesis import given, settings
from hypothesis import strategies as st

NOBODY = cast("Transaction", None)
SEEN = SignalSeen(id=named("s"), kind="visit", happened_at=NOW, payload={"page": "/prices"}, moved=True)


def received(data: Any, at: datetime = NOW) -> Received:
    envelope = Envelope(named(f"{data!r}"), data.TYPE, "/crm-api", "", at, Cause(CAUSE, CAUSE, actor="user:ann"))
    return Received("crm.items", 0, 0, "k", envelope, data)


def changed(item: Item, **more: Any) -> ItemChanged:
    return ItemChanged(item=item, config=1, **more)


MOVED = ItemStageChanged(item=deal(stage="paid"), config=1, rule_set=REF, from_stage="new")
AMOUNT = {"amount": Change(old="1 EUR", new="2 EUR")}


@pytest.mark.parametrize(
    ("event", "lines"),
    [
        (entry(deal()), [("created", {"stage": "new", "pipeline": "deal/retail"})]),
        (MOVED, [("moved", {"from": "new", "to": "paid"})]),
        (ItemDeleted(item=deal(deleted=True), config=1), [("deleted", {})]),
        (changed(deal(version=1)), [("created", {})]),
        (changed(deal(), changed=AMOUNT), [("changed", {"changes": {"amount": {"old": "1 EUR", "new": "2 EUR"}}})]),
        (ItemSnapshot(item=deal(), config=1), []),
        (ItemRulesApplied(item=deal(), config=1, job=named("job")), []),
    ],
)
def test_an_announcement_stands_for_the_line_that_the_change_wrote(event: ItemEvent, lines: list[Any]) -> None:
    assert list(stood_for(event)) == lines


def test_a_signal_has_a_line_of_its_own_without_what_it_carried() -> None:
    [move, signal] = lines_of(
        MOVED.model_copy(update={"signal": SEEN, "why": "trigger pays"}), received(MOVED).envelope
    )
    assert (move.kind, signal.kind) == ("moved", "signal")
    assert (signal.body["kind"], signal.body["moved"], "payload" in signal.body) == ("visit", True, False)
    assert (move.body["actor"], move.body["why"], move.body["correlation"]) == ("user:ann", "trigger pays", str(CAUSE))


def test_a_line_has_the_same_id_whenever_it_is_recovered_and_no_two_have_one() -> None:
    event = MOVED.model_copy(update={"signal": SEEN})
    once, again = ([line.id for line in lines_of(event, received(event).envelope)] for _ in range(2))
    assert once == again
    assert len(set(once)) == 2


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(1, 7)))
def test_the_newest_announcement_of_an_item_wins_in_whatever_order_they_are_read(order: Sequence[int]) -> None:
    recovery = Recovery(NOBODY)
    for version in order:
        recovery._note(received(changed(deal(version=version, amount=f"{version} EUR"))))
    [newest] = recovery.newest.values()
    assert newest.data.item.version == 6


def test_rules_that_were_applied_tell_nothing_of_their_item() -> None:
    recovery = Recovery(NOBODY)
    recovery._note(received(ItemRulesApplied(item=deal(version=99), config=1, job=named("job"))))
    assert recovery.newest == {}


def test_an_entry_tells_by_which_job_its_activation_is_suppressed() -> None:
    recovery = Recovery(NOBODY)
    recovery._note(received(entry(deal(activation=1), job="job-1")))
    recovery._note(received(entry(deal(activation=2))))
    assert recovery.entries == {(deal().id, 1): "job-1", (deal().id, 2): None}


@pytest.mark.parametrize("count", [0, 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_parts_are_of_bounded_size_and_leave_nothing_out(count: int) -> None:
    told = [Stored(deal(id=UUID(int=n))) for n in range(count)]
    split = list(parts(told))
    assert [one for part in split for one in part] == told
    assert all(0 < len(part) <= CHUNK for part in split)


def heard(kind: str, *, at: int = 0, source: str = SOURCE, **payload: Any) -> Received:
    happened = NOW + timedelta(seconds=at)
    return received(Signal(id=named(f"{kind}{at}"), kind=kind, source=source, happened_at=happened, payload=payload))


def accepted(chat: str, by: str, at: int, **more: Any) -> Received:
    return heard(ANSWERED, at=at, **{"how": "accepted", "chat": chat, "by": by, **more})


@settings(max_examples=50, deadline=None)
@given(st.permutations([("a", "ann", 1), ("a", "leo", 5), ("a", "eva", 3), ("b", "rui", 2)]))
def test_who_took_care_of_a_chat_last_takes_care_of_it(told: Sequence[tuple[str, str, int]]) -> None:
    conversations = ConversationRecovery(NOBODY)
    for chat, by, at in told:
        conversations.hear([accepted(chat, by, at)])
    assert {chat: by for chat, (_, by) in conversations.accepted.items()} == {"a": "leo", "b": "rui"}


def test_only_what_conversations_announce_of_themselves_is_heard() -> None:
    conversations = ConversationRecovery(NOBODY)
    conversations.hear(
        [
            heard(FIRST, at=1),
            heard(FIRST, at=2, source="telegram"),
            accepted("a", "ann", 3, source="hook"),
            accepted("b", "ann", 4, how="answered"),
            heard("visit", at=5),
        ]
    )
    assert (conversations.first, conversations.accepted) == ({named(f"{FIRST}1")}, {})
