"""Chunks of an import: each row is taken once, wherever a chunk ended, and a dry run counts what the import would."""

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import pytest
from automation.knowledge import Knowledge
from automation.testing import deal, named, record, shop
from contracts.items import Item
from crm_api.background.jobs import RowProblem
from crm_api.fields import FieldError
from crm_api.imports import reading
from crm_api.imports.asked import Import
from crm_api.imports.reading import Numbered, Reading
from crm_api.imports.rows import Row, RowReader
from crm_api.imports.trying import Tried
from crm_api.imports.writing import Outcome
from crm_api.spreadsheets.reading import Sheet
from hypothesis import given, settings
from hypothesis import strategies as st

COLUMNS = ["Code", "Title", "Phone"]


class Rows:
    """A sheet of which it is known how many rows were read; blank rows have numbers, and are not there."""

    columns = COLUMNS

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers
        self.read = 0

    def rows(self) -> Iterator[Numbered]:
        for number in self.numbers:
            self.read += 1
            yield number, [f"c{number}", "", ""]


def opened(numbers: list[int]) -> tuple[Reading, Rows]:
    rows = Rows(numbers)
    return Reading(cast("Sheet", rows)), rows


def numbers_of(taken: list[Numbered]) -> list[int]:
    return [number for number, _ in taken]


NUMBERS = st.sets(st.integers(2, 60), max_size=40).map(sorted)


@settings(max_examples=50, deadline=None)
@given(NUMBERS, st.lists(st.integers(1, 7), min_size=60, max_size=60), st.sets(st.integers(0, 20)))
def test_every_row_is_taken_once_though_the_file_is_opened_again(
    numbers: list[int], sizes: list[int], crashes: set[int]
) -> None:
    file, _ = opened(numbers)
    at, found = 1, list[int]()
    for n, size in enumerate(sizes):
        if n in crashes:
            file, _ = opened(numbers)
        assert file.skip(at)
        found += numbers_of(file.take(size))
        at = file.at
    assert found == numbers


def test_going_on_where_it_is_reads_nothing_ahead() -> None:
    file, rows = opened(list(range(2, 50)))
    for n in range(1, 20):
        assert file.skip(file.at)
        assert rows.read == n - 1
        assert numbers_of(file.take(1)) == [n + 1]


def test_a_file_is_found_again_in_parts_of_bounded_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_SKIPPED", 10)
    file, rows = opened(list(range(2, 50)))
    tries = list(itertools.takewhile(lambda there: not there, (file.skip(36) for _ in range(9))))
    assert len(tries) == 3
    assert rows.read <= 40
    assert numbers_of(file.take(3)) == [37, 38, 39]


def test_the_end_of_a_file_leaves_the_place_where_it_was() -> None:
    file, _ = opened([2, 5])
    assert numbers_of(file.take(10)) == [2, 5]
    assert (file.take(10), file.at, file.skip(5)) == ([], 5, True)


def knowledge() -> Knowledge:
    fields = [
        {"key": "code", "kind": "string"},
        {"key": "serial", "kind": "string", "unique": True},
        {"key": "mails", "kind": "email", "multiple": True},
        {"key": "colours", "kind": "choices", "choices": ["red"]},
        {"key": "place", "kind": "address"},
    ]
    return shop(extra=(record("type", "deal", {"key": "deal", "fields": fields}),))


def reader(**more: Any) -> RowReader:
    asked = {"file": "0" * 64, "type": "deal", "pipeline": "deal/retail", "mapping": {"Code": "code"}, **more}
    return RowReader(Import.model_validate(asked), COLUMNS, knowledge())


@pytest.mark.parametrize("field", ["mails", "colours", "place"])
def test_what_may_hold_several_values_finds_no_item(field: str) -> None:
    with pytest.raises(FieldError, match="several values") as refused:
        reader(mapping={"Code": field}, key=field)
    assert refused.value.field == "key"
    assert reader(mapping={"Code": field, "Title": "code"}, key="code").asked.key == "code"


def made(number: int, **fields: Any) -> tuple[Row, Item]:
    return Row(number, values=fields), deal(id=named(str(number)), **fields)


def chunk(*rows: tuple[Row, Item]) -> Outcome:
    return Outcome(Counter(created=len(rows)), [], list(rows))


def test_a_dry_run_counts_a_later_row_with_the_key_of_an_earlier_one_as_a_change() -> None:
    tried, keyed = Tried(), reader(key="code")
    first, second = chunk(made(2, code="a"), made(3, code="b")), chunk(made(4, code="b"), made(5, code="c"))
    for one in (first, second):
        tried.settle(one, keyed)
    assert (first.counts, second.counts) == (Counter(created=2), Counter(created=1, changed=1))
    assert second.problems == []


def test_without_a_key_equal_rows_are_different_items() -> None:
    tried, last = Tried(), chunk(made(3, code="a"))
    tried.settle(chunk(made(2, code="a")), reader())
    tried.settle(last, reader())
    assert last.counts == Counter(created=1)


def test_a_dry_run_tells_which_earlier_row_has_the_unique_value() -> None:
    tried, last = Tried(), chunk(made(9, serial="x"), made(10, serial="y"))
    mapped = reader(mapping={"Code": "serial"})
    tried.settle(chunk(made(2, serial="x")), mapped)
    tried.settle(last, mapped)
    assert last.counts == Counter(created=1, failed=1)
    assert last.problems == [RowProblem(9, "Code", "row 2 has the same value", "send another value")]


def test_what_a_refused_row_would_have_held_refuses_no_other() -> None:
    tried, last = Tried(), chunk(made(4, code="q"))
    keyed = reader(mapping={"Code": "code", "Title": "serial"}, key="code")
    tried.settle(chunk(made(2, code="a", serial="x")), keyed)
    tried.settle(chunk(made(3, code="q", serial="x")), keyed)
    tried.settle(last, keyed)
    assert last.counts == Counter(created=1)


def known(number: int, *phones: str) -> Row:
    return Row(number, known_by=tuple(("phone", phone) for phone in phones))


def test_a_dry_run_counts_a_contact_once_over_all_chunks() -> None:
    tried = Tried()
    chunks = [
        Outcome(Counter(contacts=2), contacts=[known(2, "+1"), known(3, "+2", "+3")]),
        Outcome(Counter(contacts=3), contacts=[known(4, "+3", "+4"), known(5, "+5"), known(6)]),
        # Who is found by one phone gets no other one by that.
        Outcome(Counter(contacts=2), contacts=[known(7, "+4"), known(8)]),
    ]
    for one in chunks:
        tried.settle(one, reader())
    assert [one.counts["contacts"] for one in chunks] == [2, 2, 2]


COUNTS = st.dictionaries(st.sampled_from(["created", "changed", "failed", "contacts"]), st.integers(1, 9))


@settings(max_examples=50, deadline=None)
@given(st.lists(COUNTS, max_size=6))
def test_outcomes_of_halves_add_up_to_that_of_the_whole(halves: list[dict[str, int]]) -> None:
    whole = Outcome()
    for n, counts in enumerate(halves):
        half = Outcome(Counter(counts), contacts=[Row(n)])
        half.refuse([RowProblem(n, "", "wrong", "mend it")])
        whole.add(half)
    assert len(whole.problems) == len(halves)
    assert [row.number for row in whole.contacts] == list(range(len(halves)))
    wanted = sum((Counter(counts) for counts in halves), Counter())
    assert whole.counts == wanted + Counter({"failed": len(halves)})
