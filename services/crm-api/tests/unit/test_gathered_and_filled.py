"""What waits until an item is quiet, whom visits concern, and payloads that no field was made for."""

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from automation.testing import NOW, PIPELINE, contact, deal, named, pipeline, shop
from contracts.commands import FittingTrigger
from contracts.elements import ElementField
from contracts.envelope import Cause
from contracts.items import Item, SignalSeen
from contracts.visits import WATCHED
from crm_api.fields import LONGEST_STRING
from crm_api.intake.contacts import titled
from crm_api.intake.payloads import filled, plain
from crm_api.intake.settling import Waiting, first_due, join, told
from crm_api.intake.signals import Found
from crm_api.intake.visits import watched
from crm_api.record.changing import Changes
from crm_api.store.settling import Kept
from hypothesis import given, settings
from hypothesis import strategies as st

SECOND = timedelta(seconds=1)
QUIET = {"id": uuid4(), "key": "asks", "on": "visit", "settle": {"quiet": "30 seconds", "at_most": "1 minute"}}
AT_ONCE = {"id": uuid4(), "key": "pays", "on": "payment.received"}
KNOWN = shop(extra=(pipeline(triggers={"documents": [QUIET, AT_ONCE]}),))
CAUSE = Cause(named("cause"), named("cause"))


def fit(trigger: dict[str, Any]) -> FittingTrigger:
    return FittingTrigger(id=trigger["id"], pipeline=PIPELINE, stage="documents")


def seen(n: int = 0) -> SignalSeen:
    return SignalSeen(id=named(f"s{n}"), kind="visit", happened_at=NOW)


class Now:
    """Changes, as far as a gathering looks at them: what holds, what time it is, and what is noted."""

    knowledge = KNOWN
    cause = CAUSE

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.notes: list[Any] = []

    def note(self, item: UUID, kind: str, body: dict[str, Any]) -> None:
        self.notes.append((item, kind, body["trigger"], body["quiet"]))


def joined(seconds: float, before: Kept | None, trigger: dict[str, Any] = QUIET) -> tuple[Kept | None, list[Any]]:
    """Let a signal come so many seconds later."""
    changes = Now(NOW + seconds * SECOND)
    kept = join(cast("Changes", changes), Waiting(deal(), fit(trigger), seen()), before)
    return kept, changes.notes


def test_each_signal_prolongs_the_wait_up_to_the_longest_and_only_the_first_is_noted() -> None:
    kept, notes = joined(0, None)
    assert notes == [(deal().id, "settling", "asks", "30 seconds")]
    dues = []
    for seconds in (20, 40, 55):
        assert kept is not None
        dues.append((kept.gathering.due_at - NOW) / SECOND)
        kept, notes = joined(seconds, kept)
        assert notes == []
    assert kept is not None
    assert [*dues, (kept.gathering.due_at - NOW) / SECOND] == [30, 50, 60, 60]
    assert (len(kept.gathering.signals), kept.item, kept.cause) == (4, deal().id, CAUSE)


def test_a_trigger_that_is_gone_or_waits_for_nothing_gathers_nothing() -> None:
    for trigger in (AT_ONCE, {**QUIET, "id": uuid4()}):
        assert joined(0, None, trigger) == (None, [])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 50)), max_size=6))
def test_an_item_is_looked_at_when_the_first_of_its_gatherings_is_due(came: list[tuple[int, int]]) -> None:
    kept = []
    for n, seconds in came:
        one, _ = joined(seconds, None)
        assert one is not None
        kept.append(Kept(UUID(int=n), one.gathering, CAUSE))
    due = {UUID(int=n): min(s for m, s in came if m == n) + 30 for n, _ in came}
    assert {item: (at - NOW) / SECOND for item, at in first_due(kept).items()} == due


def test_what_was_gathered_is_told_with_its_number_also_where_the_trigger_is_gone() -> None:
    kept, _ = joined(0, None)
    assert kept is not None
    said = told(kept.gathering, KNOWN)
    assert (said["trigger"], said["on"], said["signals"], "gone" in said) == ("asks", "visit", 1, False)
    gone = told(kept.gathering, shop())
    assert (gone["trigger"], gone["on"], gone["gone"]) == (str(QUIET["id"]), "", True)


def switched(item: Item, *, on: Any) -> Item:
    return item.model_copy(update={"fields": {WATCHED: on}})


@pytest.mark.parametrize(
    ("kind", "item", "linked", "concerns"),
    [
        ("visit", deal(), [], False),
        ("visit", switched(deal(), on=True), [], True),
        ("visitor.returned", deal(), [switched(contact(), on=True)], True),
        ("visit", deal(), [switched(contact(), on=False), switched(contact(), on=None)], False),
        # Only what was switched on is on.
        ("visit", switched(deal(), on="yes"), [], False),
        ("form.submitted", deal(), [], True),
    ],
)
def test_a_visit_concerns_only_whom_it_is_switched_on_for(
    kind: str, item: Item, linked: list[Item], *, concerns: bool
) -> None:
    found = watched(kind, Found((item,), bound=True), lambda _: linked)
    assert found == Found((item,) if concerns else (), bound=True)


@pytest.mark.parametrize("digits", [16, 40, 5_000])
def test_a_number_that_no_field_can_hold_is_left_out_and_the_rest_is_kept(digits: int) -> None:
    for sign in ("", "-"):
        read = filled(KNOWN, "deal", {"pieces": sign + "9" * digits, "delivery_by": "van"})
        assert read.fields == {"delivery_by": "van"}
        assert [one.field for one in read.unread] == ["fields.pieces"]


def test_of_several_numbers_each_that_can_be_read_is_one() -> None:
    many = ElementField(key="x", kind="integer", multiple=True)
    assert plain(f"7,{'1' * 5_000}, -8", many, "EUR") == [7, "1" * 5_000, -8]


def test_who_has_a_name_that_is_too_long_is_called_by_its_beginning() -> None:
    assert titled({"name": "x" * (LONGEST_STRING + 1), "phone": "+351912345678"}) == "x" * LONGEST_STRING
    assert titled({"name": "x" * LONGEST_STRING}) == "x" * LONGEST_STRING
