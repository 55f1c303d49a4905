"""How much a field may hold: all that is allowed is kept and can be found by an index, and one more is refused."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from automation.knowledge import Knowledge
from contracts.elements import ElementField, ElementType, FieldKind
from crm_api.fields import FieldError, read_fields, read_title
from crm_api.lists.keys import LONGEST_KEY, key
from hypothesis import given, settings
from hypothesis import strategies as st

SINGLE: tuple[FieldKind, ...] = ("string", "text", "integer", "decimal", "money", "email", "url", "address", "chat")
FIELDS = (
    *(ElementField(key=kind, kind=kind) for kind in SINGLE),
    ElementField(key="integers", kind="integer", multiple=True),
)
KNOWLEDGE = Knowledge(types={"thing": ElementType(key="thing", fields=FIELDS)})
# A page of a B-tree holds three rows at least; beside the key there are the type, the field and the item.
FITS_AN_INDEX = 1_000


def read(field: str, value: Any) -> Any:
    return read_fields(KNOWLEDGE, "thing", {field: value})[field]


MOST: list[tuple[str, Callable[[int], Any], int]] = [
    ("string", lambda n: "x" * n, 500),
    ("string", lambda n: "é" * n, 500),
    ("text", lambda n: "x" * n, 10_000),
    ("integer", lambda n: n, 2**53),
    ("integer", lambda n: -n, 2**53),
    ("decimal", lambda n: "9" * n, 41),
    ("decimal", lambda n: "-" + "9" * n, 41),
    ("decimal", lambda n: "0." + "1" * n, 40),
    ("decimal", lambda n: "9" * 41 + "." + "9" * n, 40),
    ("decimal", lambda n: f"1E-{n}", 40),
    ("decimal", lambda n: f"1E+{n}", 40),
    ("money", lambda n: "9" * n + " EUR", 24),
    ("money", lambda n: "0." + "9" * n + " EUR", 8),
    ("email", lambda n: "a" * (n - 12) + "@example.com", 254),
    ("url", lambda n: "https://e.x/" + "x" * (n - 12), 2_000),
    ("address", lambda n: {"city": "x" * n}, 200),
    ("chat", lambda n: f"{'a' * n}:1", 100),
    ("chat", lambda n: f"a:{'1' * n}", 100),
    ("integers", lambda n: list(range(n)), 100),
]


@pytest.mark.parametrize(("field", "value", "most"), MOST)
def test_as_much_as_is_allowed_is_kept_and_one_more_is_refused(
    field: str, value: Callable[[int], Any], most: int
) -> None:
    kept = read(field, value(most))
    assert read(field, kept) == kept
    with pytest.raises(FieldError) as refused:
        read(field, value(most + 1))
    assert refused.value.field == f"fields.{field}"


def test_a_title_has_five_hundred_letters() -> None:
    assert read_title("x" * 500)
    with pytest.raises(FieldError):
        read_title("x" * 501)


WRITTEN = st.text("0123456789", min_size=1, max_size=90)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["", "-"]), WRITTEN, WRITTEN, st.integers(-45, 45))
def test_every_decimal_that_is_kept_is_exact_and_has_a_key_that_an_index_can_hold(
    sign: str, whole: str, fraction: str, power: int
) -> None:
    written = f"{sign}{whole}.{fraction}E{power}"
    try:
        kept = read("decimal", written)
    except FieldError:
        return
    assert Decimal(kept) == Decimal(written)
    assert len(key("decimal", kept)) < LONGEST_KEY
    assert read("decimal", kept) == kept


@pytest.mark.parametrize("digits", [41, 2_000, 9_000])
def test_digits_behind_the_point_without_end_are_refused_before_an_index_would(digits: int) -> None:
    for written in ("0." + "1" * digits, "12." + "0" * digits, f"0.{'0' * (digits - 1)}1"):
        with pytest.raises(FieldError, match="at most 40 digits"):
            read("decimal", written)


LARGEST: list[tuple[FieldKind, Any]] = [
    ("text", "\u20ac" * 10_000),
    ("url", "https://e.x/" + "\u20ac" * 1_900),
    ("email", "\u00e9" * 242 + "@example.com"),
    ("address", dict.fromkeys(("street", "city", "region", "postal_code", "country"), "€" * 200)),
    ("money", "9" * 24 + "." + "9" * 8 + " EUR"),
    ("decimal", "-" + "9" * 41 + "." + "9" * 40),
    ("chat", f"{'a' * 100}:{chr(0x20AC) * 100}"),
]


@pytest.mark.parametrize(("kind", "value"), LARGEST)
def test_the_key_of_the_largest_value_fits_an_index(kind: FieldKind, value: Any) -> None:
    assert len(key(kind, read(kind, value)).encode()) <= FITS_AN_INDEX
