"""Counts at the door: added up in memory, bounded, and not lost while the database is away."""

from datetime import UTC, datetime, timedelta

from trigger_gateway.store.counts import Count
from trigger_gateway.tallying import MOST_REASONS, OTHER, Tally

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_what_is_alike_is_one_count_with_its_last_moment() -> None:
    tally = Tally()
    for minutes in (2, 0, 1):
        tally.add("shop", "first", at=AT + timedelta(minutes=minutes))
    tally.add("shop", "repeated", count=5, at=AT)
    assert tally.taken() == [
        Count("shop", "first", "", 3, AT + timedelta(minutes=2)),
        Count("shop", "repeated", "", 5, AT),
    ]
    assert tally.taken() == []


def test_a_flood_of_reasons_takes_no_more_room() -> None:
    tally = Tally()
    for n in range(3 * MOST_REASONS):
        tally.add("shop", "refused", reason=str(n), at=AT)
    counts = tally.taken()
    assert len(counts) == MOST_REASONS + 1
    assert sum(count.count for count in counts) == 3 * MOST_REASONS
    assert max(counts, key=lambda count: count.count).reason == OTHER


def test_what_could_not_be_written_is_counted_on() -> None:
    tally = Tally()
    tally.add("shop", "first", count=3, at=AT)
    held = tally.taken()
    tally.add("shop", "first", at=AT)
    tally.put_back(held)
    assert [count.count for count in tally.taken()] == [4]
