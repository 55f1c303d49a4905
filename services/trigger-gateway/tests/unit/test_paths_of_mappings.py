"""Paths of a mapping: the short way of following one finds what the whole language finds, and values become words."""

from datetime import UTC, datetime
from typing import Any

import jmespath
import pytest
from contracts.signals import Identity
from contracts.webhooks import FieldMapping
from hypothesis import given, settings
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError
from trigger_gateway.mapping import MILLISECONDS, PLAIN, Mapped, NotFound, finder, read_moment

KEYS = st.sampled_from(["a", "b", "order", "_id", "x1", "true", "null"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
BODIES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=15
)


@settings(max_examples=60, deadline=None)
@given(BODIES, st.lists(KEYS, min_size=1, max_size=4))
def test_a_plain_path_finds_what_the_whole_language_finds(body: Any, names: list[str]) -> None:
    path = ".".join(names)
    assert PLAIN.fullmatch(path)
    assert finder(path)(body, {}) == jmespath.search(path, body)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ('"order.id"', 7),
        ("lines[-1].sku", "elm"),
        ("lines[?n > `1`] | [0].sku", "oak"),
        ("sum(lines[].n)", 3),
        ("a || lines[0].n", 2),
        ("lines[9].sku", None),
        ("lines.sku", None),
    ],
)
def test_other_paths_are_of_the_whole_language(path: str, found: Any) -> None:
    body = {"order.id": 7, "lines": [{"sku": "oak", "n": 2}, {"sku": "elm", "n": 1}]}
    assert finder(path)(body, {}) == found


def test_a_path_that_does_not_fit_the_body_says_why_and_one_that_cannot_be_read_never_gets_so_far() -> None:
    with pytest.raises(NotFound, match="sum"):
        finder("sum(lines)")({"lines": "many"}, {})
    with pytest.raises(JMESPathError):
        finder("lines[")


def mapped(body: Any, **mapping: Any) -> Any:
    return Mapped(FieldMapping.model_validate(mapping), "webhook.received").find(body, {"x-event": "paid"}, "PT")


@pytest.mark.parametrize(
    ("phone", "known"),
    [
        (912345678, ["+351912345678"]),
        (" 912 345 678 ", ["+351912345678"]),
        (True, []),
        (["912345678"], []),
        ({"number": 912345678}, []),
        ("", []),
    ],
)
def test_a_number_is_read_as_it_is_written_and_what_is_no_word_is_none(phone: Any, known: list[str]) -> None:
    found = mapped({"phone": phone}, identities={"phone": "phone"})
    assert found.identities == tuple(Identity(kind="phone", value=one) for one in known)


@pytest.mark.parametrize(
    ("event", "kind", "notes"),
    [(1, "visit", 0), ("1", "visit", 0), (2, "", 1), ("", "", 0), (None, "", 1), (True, "", 0), ([1], "", 0)],
)
def test_a_word_means_what_the_mapping_says_and_nothing_else(event: Any, kind: str, notes: int) -> None:
    found = mapped({"event": event}, kind={"from": "event", "means": {"1": "visit"}})
    assert (found.kind, len(found.notes)) == (kind, notes)


def test_a_header_is_found_whatever_its_case_and_one_that_is_missing_is_noted() -> None:
    found = mapped({}, payload={"a": {"header": "X-EVENT"}, "b": {"header": "X-Other"}})
    assert found.payload == {"a": "paid"}
    assert [note["field"] for note in found.notes] == ["settings.mapping.payload.b"]


def test_false_and_zero_are_values() -> None:
    assert mapped({"a": False, "b": 0, "c": "", "d": []}, payload={k: k for k in "abcd"}).payload == {
        "a": False,
        "b": 0,
        "c": "",
        "d": [],
    }


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        (MILLISECONDS, datetime(5138, 11, 16, 9, 46, 40, tzinfo=UTC)),
        (MILLISECONDS + 1, datetime(1973, 3, 3, 9, 46, 40, 1000, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        ("0.5", datetime(1970, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        (10**400, None),
        ("9" * 400, None),
        ("1.2.3", None),
        (" 2026-03-02T09:30:00Z ", datetime(2026, 3, 2, 9, 30, tzinfo=UTC)),
        ("2026-02-30T00:00:00Z", None),
        ("2026-03-02", None),
    ],
)
def test_large_numbers_count_milliseconds_and_what_is_no_moment_is_none(written: Any, moment: datetime | None) -> None:
    assert read_moment(written) == moment
