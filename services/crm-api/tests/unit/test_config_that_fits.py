"""Constants that rules name, hours of people, and what a value keeps of what its type loses."""

from contextlib import nullcontext
from datetime import date, timedelta
from typing import Any

import pytest
from automation.knowledge import Knowledge
from automation.testing import pipeline, record, rule, shop
from contracts.config import Constant
from contracts.people import Absence, Person
from crm_api.config.constants import LONGEST, check_constant, check_unused
from crm_api.config.people import LONGEST_ABSENCE, check_person
from crm_api.config.retyping import without
from crm_api.fields import FieldError

FIRST = date(2026, 1, 1)


def said_in(text: str) -> Knowledge:
    """Give a shop one of whose rules says a text."""
    return shop(rule("say", {"send-sms": {"text": text}}))


@pytest.mark.parametrize(
    "text",
    [
        "{{ const.ceiling }}",
        "{{const.ceiling|upcase}}",
        "up to\nconst.ceiling",
        "{{\nconst.ceiling }}",
        "\tconst.ceiling",
        "more\r\nconst.ceiling",
        "const.ceiling.",
    ],
)
def test_a_constant_stays_while_a_text_names_it_wherever_its_line_begins(text: str) -> None:
    with pytest.raises(FieldError, match=r"const\.ceiling is used in deal/retail"):
        check_unused("ceiling", said_in(text))


@pytest.mark.parametrize(
    "text",
    [
        "ceiling", "const.ceiling_2", "const.ceilings", "my_const.ceiling", "nconst.ceiling", "const_ceiling",
        "const. ceiling",
    ],
)  # fmt: skip
def test_a_constant_that_is_only_like_one_that_is_named_may_go(text: str) -> None:
    check_unused("ceiling", said_in(text))


def test_a_constant_stays_while_a_condition_or_a_trigger_names_it() -> None:
    large = {"field": "item.amount", "greater": {"field": "const.ceiling"}}
    trigger = {"paid": [{"id": "0" * 32, "key": "t", "on": "visit", "when": large}]}
    for known in (shop(rule("ask", when=large)), shop(extra=(pipeline(triggers=trigger),))):
        with pytest.raises(FieldError, match="change those pipelines first"):
            check_unused("ceiling", known)
        check_unused("floor", known)


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("{{ const.rate-min }}", {"rate-min"}),
        ("{{ const.rate-min | plus: 1 }}", {"rate-min"}),
        ("{{ const.rate-minimal }}", {"rate"}),
        ("{{ const.rate-}}", {"rate"}),
        ("{{ const['rate-min'] }}{{ const[ 'rate' ] }}", {"rate-min", "rate"}),
    ],
)
def test_a_constant_with_a_hyphen_and_one_that_begins_like_it_are_told_apart(text: str, used: set[str]) -> None:
    known = said_in(text).with_([record("constant", id_, {"id": id_, "value": 1}) for id_ in ("rate", "rate-min")])
    for id_ in ("rate", "rate-min"):
        with pytest.raises(FieldError, match=f"const.{id_} is used") if id_ in used else nullcontext():
            check_unused(id_, known)


def test_a_constant_that_a_formula_names_in_brackets_stays() -> None:
    known = shop(rule("sum", {"calculate": {"formula": 'const["rate-min"] * 2'}}))
    with pytest.raises(FieldError, match=r"const\.rate-min is used"):
        check_unused("rate-min", known)


@pytest.mark.parametrize(
    "id_", ["limit", "in", "the limit", "a.b", "", "or", "a}}b", "é}}", "x | upcase", "a\n", "a['b']"]
)
def test_what_no_text_could_name_is_no_constant(id_: str) -> None:
    with pytest.raises(FieldError) as refused:
        check_constant(Constant(id=id_, value=1), Knowledge())
    assert refused.value.field == "id"


@pytest.mark.parametrize("id_", ["ceiling", "limit_2", "taxa_mínima", "_x", "Größe", "rate-min"])
def test_a_constant_that_is_one_step_of_a_path_can_be_named(id_: str) -> None:
    check_constant(Constant(id=id_, value=1), Knowledge())


def test_the_text_of_a_constant_has_an_end() -> None:
    check_constant(Constant(id="terms", value="x" * LONGEST), Knowledge())
    with pytest.raises(FieldError, match="it has 1001 characters") as refused:
        check_constant(Constant(id="terms", value="x" * (LONGEST + 1)), Knowledge())
    assert refused.value.field == "value"


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ([["9h", "18:00"]], "not a time of day"),
        ([["09:00", "25:00"]], "not a time of day"),
        ([["", ""]], "not a time of day"),
        ([["18:00", "09:00"]], "not a span within one day"),
        ([["09:00", "09:00"]], "not a span within one day"),
        ([["09:00", "24:00"]], ""),
        ([], "there are no working hours in it"),
    ],
)
def test_hours_of_a_person_are_spans_of_a_day(hours: Any, words: str) -> None:
    person = Person.model_validate({"id": "ann", "name": "Ann", "weekly": {"0": hours}})
    if not words:
        check_person(person, Knowledge())
        return
    with pytest.raises(FieldError, match=words) as refused:
        check_person(person, Knowledge())
    assert (refused.value.field, bool(refused.value.fix)) == ("weekly", True)


def test_people_who_stand_in_a_circle_without_one_another_do_not_stop_others() -> None:
    circle = {"a": Person(id="a", name="A", supervisor="b"), "b": Person(id="b", name="B", supervisor="a")}
    check_person(Person(id="c", name="C", supervisor="a"), Knowledge(people=circle))


@pytest.mark.parametrize(("days", "fits"), [(0, True), (LONGEST_ABSENCE, True), (LONGEST_ABSENCE + 1, False)])
def test_an_absence_has_a_day_and_at_most_three_years(days: int, *, fits: bool) -> None:
    person = Person(id="ann", name="Ann", absences=(Absence(first=FIRST, last=FIRST + timedelta(days=days)),))
    if fits:
        check_person(person, Knowledge())
        return
    with pytest.raises(FieldError, match=r"absences\.0\.last"):
        check_person(person, Knowledge())


@pytest.mark.parametrize(
    ("value", "choices", "left"),
    [
        (["a", "b", "a"], ["a"], ["b"]),
        (["a"], ["a", "b"], None),
        (["a"], ["b"], ["a"]),
        (["a"], [], None),
        ("a", ["a"], None),
        (7, [], None),
        (None, ["a"], None),
    ],
)
def test_of_a_value_that_a_type_loses_the_other_choices_stay(value: Any, choices: list[str], left: Any) -> None:
    assert without(value, choices) == left
