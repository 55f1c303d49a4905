"""What rules write into fields, what they may bring, and what employees answer: read as kinds say, or refused."""

from datetime import timedelta
from typing import Any, Literal

import pytest
from automation.testing import CONTACT, NOW, contact, deal, named, shop
from contracts.commands import CreateFromItem
from contracts.questions import AskedField
from crm_api.fields import FieldError
from crm_api.inside.acting import as_kinds, conversion
from crm_api.inside.asking import LARGEST_ANSWERS, NotOpen, read_answers, require_open, require_standing
from crm_api.inside.fetching import LARGEST_RESULTS, bounded, conditions, record
from crm_api.questions import Kept, QuestionState
from crm_api.record.items import Stored

KNOWN = shop()
TICK = timedelta(microseconds=1)
ASKED = (
    AskedField(key="oven", kind="choice", options=("gas", "electric"), required=True),
    AskedField(key="pieces", kind="integer"),
    AskedField(key="sure", kind="boolean", required=True),
    AskedField(key="phone", kind="phone"),
    AskedField(key="who", kind="person"),
)
FULL = {"oven": "gas", "pieces": 0, "sure": False, "phone": "912 345 678", "who": "leo"}


def test_answers_are_read_as_their_kinds_and_nothing_and_no_are_answers_too() -> None:
    assert read_answers(KNOWN, ASKED, FULL) == {**FULL, "phone": "+351912345678"}
    some = {"oven": "electric", "sure": True, "pieces": "", "phone": None}
    assert read_answers(KNOWN, ASKED, some) == {"oven": "electric", "sure": True}


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"colour": "red"}, "colour", "use one of: oven, phone, pieces, sure, who"),
        ({"oven": ""}, "oven", "this is required; send a choice"),
        ({"sure": None}, "sure", "this is required; send a boolean"),
        ({"oven": "coal"}, "oven", "use one of: gas, electric"),
        ({"pieces": "3"}, "pieces", "without quotes"),
        ({"who": "zoe"}, "who", "whom we know"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_by_its_field(given: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(FieldError, match=words) as refused:
        read_answers(KNOWN, ASKED, {**FULL, **given})
    assert refused.value.field == f"answers.{field}"


def test_answers_are_together_as_long_as_they_may_be_in_bytes() -> None:
    asked = tuple(AskedField(key=key, kind="text") for key in "ab")
    fits = {"a": "ü" * (LARGEST_ANSWERS // 4), "b": "ü" * (LARGEST_ANSWERS // 4 - 10)}
    assert read_answers(KNOWN, asked, fits) == fits
    with pytest.raises(FieldError, match="write less") as refused:
        read_answers(KNOWN, asked, {**fits, "b": fits["a"]})
    assert refused.value.field == "answers"


def question(state: QuestionState = "open", **more: Any) -> Kept:
    ids = {"id": named("q"), "execution": named("x"), "round": 1, "item": deal().id}
    told = {"text": "Which oven?", "asked": ASKED, "asked_at": NOW, "answered_by": "user:leo"}
    return Kept.model_validate({**ids, **told, "state": state, **more})


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (question(), ""),
        (question(deadline=NOW), ""),
        (question(deadline=NOW - TICK), "its deadline is over"),
        (question("not_answered", deadline=NOW + TICK), "its deadline is over"),
        (question("answered", deadline=NOW - TICK), "user:leo has answered it already"),
        (question("withdrawn"), "it was taken back"),
    ],
)
def test_a_question_is_answered_once_and_in_time(asked: Kept, words: str) -> None:
    if not words:
        require_open(asked, NOW)
        return
    with pytest.raises(NotOpen, match=words):
        require_open(asked, NOW)


@pytest.mark.parametrize(
    ("activation", "item", "words"),
    [
        (1, deal(), ""),
        (1, deal(activation=2), "has left the stage"),
        (1, deal(deleted=True), "is deleted"),
        (1, None, "is deleted"),
        # What is asked for whatever becomes of the stage.
        (None, deal(activation=9), ""),
        (0, deal(), "has left the stage"),
    ],
)
def test_nobody_answers_what_nobody_waits_for(activation: int | None, item: Any, words: str) -> None:
    asked, stored = question(activation=activation), Stored(item) if item else None
    if not words:
        require_standing(asked, stored)
        return
    with pytest.raises(NotOpen, match=words):
        require_standing(asked, stored)


def test_a_rule_writes_texts_and_one_that_came_to_nothing_empties_all_but_a_text() -> None:
    written = {"amount": "12.50", "pieces": "3", "urgent": "yes", "payment_due": "2026-12-31"}
    assert as_kinds(KNOWN, "deal", written) == {**written, "amount": "12.50 EUR", "pieces": 3, "urgent": True}
    empty = as_kinds(KNOWN, "deal", {"amount": "", "pieces": "", "delivery_by": "", "title": ""})
    assert empty == {"amount": None, "pieces": None, "delivery_by": "", "title": ""}
    # What was no text stays what it is.
    assert as_kinds(KNOWN, "deal", {"pieces": 0, "urgent": False}) == {"pieces": 0, "urgent": False}


@pytest.mark.parametrize("purpose", ["conversion", "repeat", "copy"])
def test_what_a_rule_makes_is_read_by_the_fields_of_the_new_type(
    purpose: Literal["conversion", "repeat", "copy"],
) -> None:
    told = {"execution": named("x"), "item": deal().id, "rule": named("r"), "owner": "user:ann", "config": 1}
    place = {"type": "deal", "pipeline": "deal/retail", "stage": "paid", "mapping": {"pieces": "pieces"}}
    command = CreateFromItem.model_validate({**told, **place, "purpose": purpose, "fields": {"pieces": "7"}})
    asked = conversion(KNOWN, command)
    assert (asked.to, asked.pipeline, asked.stage, asked.title) == ("deal", "deal/retail", "paid", None)
    assert (asked.fields, asked.mapping) == ({"pieces": 7}, {"pieces": "pieces"})


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ([{"equals": 1}], "where.0.field"),
        ([{"field": "size", "equals": 1}, {"field": "size", "like": 1}], "where.1.like"),
        ([{"field": "size", "in": "S"}], "where.0.in"),
    ],
)
def test_a_condition_that_cannot_be_read_is_refused_by_its_place(written: list[dict[str, Any]], field: str) -> None:
    with pytest.raises(FieldError, match="write a condition as lists have it") as refused:
        conditions(written)
    assert refused.value.field == field
    assert conditions([]) == []


def test_a_record_that_is_brought_is_plain_and_has_each_filled_field_once() -> None:
    item = deal(to=(contact(),), amount="5 EUR")
    assert record(KNOWN, item, ("amount", "title", "contact", "pieces", "entered_at", "incomplete")) == {
        "id": str(item.id),
        "title": "Sofa",
        "amount": "5 EUR",
        "contact": str(CONTACT),
        "entered_at": NOW.isoformat(),
        "incomplete": False,
    }


@pytest.mark.parametrize("letter", ["a", "ü"])
def test_results_may_be_so_large_in_bytes_and_not_one_more(letter: str) -> None:
    many = (LARGEST_RESULTS - len('{"x": ""}')) // len(letter.encode())
    results = {"x": letter * many}
    assert bounded(results) == results
    with pytest.raises(FieldError, match="bring fewer fields, or fewer items"):
        bounded({"x": letter * (many + 1)})
