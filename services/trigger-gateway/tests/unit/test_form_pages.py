"""What own forms are made of: readable colours, our words in every language, values as people write them, rates."""

import re
from typing import Any

import pytest
from contracts.config import Source
from contracts.forms import Form
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response
from trigger_gateway.forms.page import View, shown, thanked
from trigger_gateway.forms.style import contrast, readable_on
from trigger_gateway.forms.submission import Submission, check
from trigger_gateway.forms.words import WORDS
from trigger_gateway.knock_rates import KnockRates

SOURCE = Source(id="offer", kind="form", token="t")
KINDS = [
    {"key": k, "label": k, "kind": k} for k in ("text", "textarea", "email", "phone", "number", "date", "checkbox")
]
FORM = Form.model_validate(
    {"fields": [*KINDS, {"key": "choice", "label": "c", "kind": "choice", "choices": ["oak", "<b>"]}]}
)


def text(page: Response) -> str:
    return bytes(page.body).decode()


@given(st.integers(0, 0xFFFFFF))
def test_whatever_colour_is_chosen_can_be_read(number: int) -> None:
    colour = f"#{number:06x}"
    assert contrast(colour, readable_on(colour)) >= 4.5


def test_contrast_is_as_wcag_counts_it() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_each_language_has_each_word() -> None:
    assert {language: set(told) for language, told in WORDS.items()} == {key: set(WORDS["en"]) for key in WORDS}


VALUES = [
    ("number", "2,5", "2.5"),
    ("number", "1e400", None),
    ("number", "nan", None),
    ("number", "many", None),
    ("date", "2026-12-31", "2026-12-31"),
    ("date", "31.12.2026", None),
    ("choice", "oak", "oak"),
    ("choice", "steel", None),
    ("checkbox", "on", "yes"),
    ("checkbox", "perhaps", None),
    ("email", " Ana@Example.com ", "ana@example.com"),
    ("email", "ana", None),
    ("phone", "912 345 678", "+351912345678"),
    ("phone", "9" * 2000, None),
    ("text", "x" * 1001, None),
    ("textarea", "x" * 1001, "x" * 1001),
    ("textarea", "x" * 20_001, None),
]


@pytest.mark.parametrize(("kind", "written", "read"), VALUES)
def test_values_are_read_as_their_field_says(kind: str, written: str, read: str | None) -> None:
    checked = check(FORM, SOURCE, Submission({kind: written}), "PT")
    assert checked.values == ({kind: read} if read else {})
    assert set(checked.wrong) == (set() if read else {kind})


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.fixed_dictionaries({field.key: TEXTS for field in FORM.fields}))
def test_nothing_that_was_typed_becomes_part_of_the_page(typed: dict[str, str]) -> None:
    checked = check(FORM, SOURCE, Submission(typed), "PT")
    told: dict[str, Any] = {"values": typed, "wrong": checked.wrong, "nonce": "n"}
    page = text(shown(View(FORM, "en", "/f/offer/t", "s-1", **told)))
    plain = text(shown(View(FORM, "en", "/f/offer/t", "s-1", wrong=checked.wrong, nonce="n")))
    assert len(re.findall(r"<[a-z]", page)) == len(re.findall(r"<[a-z]", plain))
    assert "<script" not in page


def test_a_frame_s_script_cannot_be_left_by_what_it_tells() -> None:
    site = "https://shop.example"
    form = FORM.model_copy(update={"sites": (site,), "redirect": f"{site}/</script><script>alert(1)"})
    assert text(thanked(View(form, "en", "/f/offer/t", site=site))).count("</script>") == 1


def test_an_address_gets_its_tokens_back_with_time() -> None:
    now = [0.0]
    rates = KnockRates(2, clock=lambda: now[0])
    assert [rates.let_through("a") for _ in range(3)] == [True, True, False]
    assert rates.let_through("b")
    now[0] = 31
    assert [rates.let_through("a") for _ in range(2)] == [True, False]


def test_only_the_latest_addresses_are_remembered() -> None:
    rates = KnockRates(1)
    for number in range(10_050):
        rates.let_through(str(number))
    assert len(rates._buckets) == 10_000
