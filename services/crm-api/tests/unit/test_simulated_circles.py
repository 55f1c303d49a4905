"""In a simulation what goes in circles ends where it ends in life, and people are found by what they are known by."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.testing import CONTACT, DEAL, NOW, contact, deal, named, shop
from contracts.envelope import Cause
from contracts.items import Item, Link
from crm_api.record.chains import MOST_A_DAY, MOST_HOPS, MOST_RETURNS
from crm_api.record.items import Stored
from crm_api.simulation.circles import Circles
from crm_api.simulation.commands import known_contact
from crm_api.simulation.record import MemoryRecord
from crm_api.simulation.turn import Turn
from hypothesis import given, settings
from hypothesis import strategies as st

DAY = timedelta(days=1)
OTHER = named("other")
RETURNED = f"loop: it returned {MOST_RETURNS} times"
TOO_OFTEN = f"loop: automation moved it there {MOST_A_DAY} times within 24 hours"


def record(*items: Item) -> MemoryRecord:
    kept = MemoryRecord()
    kept.knowledge = shop()
    for item in items:
        kept.keep(Stored(item, 1))
    return kept


def chain(name: str = "chain", hops: int = 1) -> Cause:
    return Cause(named(name), named(name), hops=hops)


class Shop:
    """A deal that somebody makes, and another, whom chains of causes move."""

    def __init__(self) -> None:
        self.record = record(deal(id=OTHER))
        self.circles = Circles()
        turn = self.turn(chain(hops=0))
        turn.make(deal(), self.record.knowledge.pipelines["deal/retail"], "new")
        turn.announce()

    def turn(self, cause: Cause, after: timedelta = timedelta()) -> Turn:
        return Turn(self.record, self.circles, cause, NOW + after)

    def move(self, stage: str, cause: Cause, after: timedelta = timedelta(), item: UUID = DEAL) -> str:
        turn = self.turn(cause, after)
        refusal = turn.move(item, "", stage, "rule greet")
        turn.announce()
        return refusal

    def to_and_fro(self, moves: int, cause: Cause | None = None) -> list[str]:
        """Move the deal to and fro, in this chain, or each in one of its own."""
        return [self.move(("documents", "new")[n % 2], cause or chain(f"of {n}")) for n in range(moves)]


def test_a_chain_that_began_with_a_person_ends_before_the_eleventh_return_as_it_does_in_life() -> None:
    assert Shop().to_and_fro(24, chain()) == [""] * 21 + [RETURNED, "", RETURNED]


def test_a_chain_that_was_stopped_moves_and_makes_nothing_else_and_others_go_on() -> None:
    shop_ = Shop()
    shop_.to_and_fro(22, chain())
    assert shop_.move("paid", chain()) == shop_.move("paid", chain(), item=OTHER) == RETURNED
    assert shop_.circles.refusal(chain(), OTHER, None, NOW) == RETURNED
    assert shop_.move("paid", chain("another"), item=OTHER) == ""


def test_what_people_move_is_never_too_often() -> None:
    assert Shop().to_and_fro(60, chain(hops=0)) == [""] * 60


def test_a_stage_is_entered_so_often_in_a_day_whatever_the_chains_and_again_when_it_is_over() -> None:
    shop_ = Shop()
    assert shop_.to_and_fro(2 * MOST_A_DAY) == [""] * 2 * MOST_A_DAY
    assert shop_.move("documents", chain("late"), DAY - timedelta(seconds=1)) == TOO_OFTEN
    assert shop_.move("paid", chain("paid"), DAY - timedelta(seconds=1)) == ""
    assert shop_.move("documents", chain("later"), DAY) == ""


@pytest.mark.parametrize(("hops", "stops"), [(MOST_HOPS, False), (MOST_HOPS + 1, True)])
def test_a_chain_is_so_long_whether_it_moves_or_makes(hops: int, *, stops: bool) -> None:
    for to in (None, ("deal/retail", "paid")):
        assert bool(Circles().refusal(chain(hops=hops), DEAL, to, NOW)) == stops


# Who is found in memory.

PHONES = st.sampled_from([None, "+351910000001", "+351910000002"])
EMAILS = st.sampled_from([None, "a@x.org", "b@x.org"])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), PHONES, EMAILS, st.booleans()), max_size=8))
def test_contacts_are_found_by_what_they_are_known_by_now(changes: list[tuple[int, Any, Any, bool]]) -> None:
    kept, now = record(), {}
    for n, phone, email, deleted in changes:
        now[n] = contact(phone=phone, email=email).model_copy(update={"id": UUID(int=n), "deleted": deleted})
        kept.keep(Stored(now[n]))
    there = [one for one in now.values() if not one.deleted]
    for kind, value in (("phone", "+351910000001"), ("email", "b@x.org")):
        known = sorted(one.id for one in there if one.fields[kind] == value)
        assert kept.contacts([("chat", "nobody:1"), (kind, value)]) == known


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.sets(st.integers(11, 13))), max_size=8))
def test_who_links_to_an_item_is_known_as_links_come_and_go(changes: list[tuple[int, set[int]]]) -> None:
    kept, now = record(), {}
    for n, to in changes:
        links = tuple(Link(role=role, type="deal", id=UUID(int=m)) for m in to for role in ("a", "b"))
        now[n] = to
        kept.keep(Stored(deal(id=UUID(int=n), links=links)))
    for m in (11, 12, 13):
        linking = [one.id.int for one in kept.linking(UUID(int=m))]
        assert sorted(linking) == sorted(n for n, to in now.items() if m in to)


def test_what_an_item_links_to_is_given_once_in_its_order_as_far_as_it_is_there() -> None:
    ids = (OTHER, named("gone"), CONTACT, OTHER)
    links = tuple(Link(role=str(n), type="deal", id=id_) for n, id_ in enumerate(ids))
    kept = record(contact(), deal(id=OTHER))
    assert [one.id for one in kept.linked(deal(links=links))] == [OTHER, CONTACT]


TWIN = contact(phone="+351910000009", email="b@x.org").model_copy(update={"id": named("twin")})


@pytest.mark.parametrize(
    ("values", "id_"),
    [
        # As in life: a phone is asked before an email, and in its one form.
        ({"phone": "912 345 678", "email": "b@x.org"}, CONTACT),
        ({"email": " B@x.org"}, TWIN.id),
        ({"phone": "call me", "email": "b@x.org"}, TWIN.id),
        ({"phone": "+351919999999"}, named("mine")),
        ({}, named("mine")),
    ],
)
def test_a_contact_to_be_made_is_the_one_that_is_known_or_that_the_item_has(values: Any, id_: UUID) -> None:
    mine = contact(phone=None, email=None).model_copy(update={"id": named("mine")})
    kept = record(contact(), TWIN, mine)
    source = deal(to=(mine,))
    found = known_contact(Turn(kept, Circles(), chain(), NOW), source, values)
    assert found is not None
    assert found.id == id_
    kept.keep(Stored(mine.model_copy(update={"deleted": True})))
    assert (known_contact(Turn(kept, Circles(), chain(), NOW), source, values) is None) == (id_ == mine.id)
