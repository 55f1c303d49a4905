"""Where a chain of causes ends, at its exact limits."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from contracts.envelope import Cause
from contracts.items import Item
from crm_api.record.chains import Chain
from crm_api.record.loops import Entries, Loop, Past

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ITEM = UUID(int=7)
CHAIN = UUID(int=1)
THERE = ("deal/retail", "documents")
DEAL = Item(id=ITEM, type="deal", pipeline="deal/retail", stage="new", version=3, entered_at=NOW, created_at=NOW)


def entries(of_chain: int = 0, of_day: int = 0, item: UUID = ITEM, why: str = "rule there") -> Entries:
    return Entries(item, THERE, why, of_chain, of_day)


def loop(**more: Any) -> Loop:
    told = {"kind": "returns", "item": ITEM, "correlation": CHAIN, "place": THERE, "words": "it returned", **more}
    return Loop(**{"id": uuid4(), "activation": 1, "hops": 22, "why": "", "at": NOW, "last_at": NOW, **told})


def refusal(*known: Entries, loops: tuple[Loop, ...] = (), hops: int = 5, creation: bool = False) -> str:
    chain = Chain(Cause(CHAIN, CHAIN, hops=hops))
    chain._past = Past(known, loops=loops)
    return chain.refusal(DEAL, None if creation else THERE, "rule there", NOW)


@pytest.mark.parametrize(
    ("known", "more", "stops"),
    [
        # Eleven entries are ten returns.
        ([entries(of_chain=10)], {}, False),
        ([entries(of_chain=11)], {}, True),
        ([entries(of_chain=6), entries(of_chain=6, why="rule other")], {}, True),
        ([entries(of_chain=11, item=uuid4())], {}, False),
        ([entries(of_day=19)], {}, False),
        ([entries(of_day=20)], {}, True),
        ([entries(of_chain=11, of_day=20)], {"creation": True}, False),
        ([entries(of_chain=11, of_day=20)], {"hops": 0}, False),
        ([], {"hops": 100}, False),
        ([], {"hops": 101}, True),
        ([], {"hops": 101, "creation": True}, True),
    ],
)
def test_what_would_go_beyond_a_limit_is_refused_and_nothing_before(
    known: list[Entries], more: dict[str, Any], *, stops: bool
) -> None:
    assert bool(refusal(*known, **more)) == stops


def test_a_stopped_chain_holds_everything_back_and_a_released_one_is_forgiven_its_hops() -> None:
    stopped = loop()
    assert refusal(loops=(stopped,)) == refusal(loops=(stopped,), creation=True) == "it returned"
    released = loop(state="released", hops=101)
    assert refusal(loops=(released,), hops=201) == ""
    assert refusal(loops=(released,), hops=202) != ""
    assert refusal(loops=(loop(correlation=uuid4()),)) == ""


def test_a_stage_that_was_entered_too_often_opens_when_the_day_is_over() -> None:
    other = {"kind": "day", "correlation": uuid4()}
    assert refusal(entries(of_day=20), loops=(loop(**other),)) == "it returned"
    assert refusal(entries(of_day=19), loops=(loop(**other),)) == ""
    late = loop(**other, last_at=NOW - timedelta(hours=24))
    assert "within 24 hours" in refusal(entries(of_day=20), loops=(late,))


def test_the_words_name_the_stages_the_rules_and_how_often() -> None:
    back = Entries(ITEM, ("deal/retail", "new"), "rule back", 10, 10)
    assert refusal(entries(of_chain=11), back) == (
        "it returned 10 times (to documents by rule there 11 times, to new by rule back 10 times)"
    )
