"""Who of several becomes responsible."""

from typing import Any

import pytest
from automation.assignment import available, check_among, least_busy, members, name_of, next_in_turn
from automation.documents import DocumentError
from automation.knowledge import Knowledge
from automation.testing import NOW, record, shop
from contracts.people import Among

AWAY = [{"first": "2026-03-02", "last": "2026-03-02"}]


def team(**changes: dict[str, Any]) -> Knowledge:
    """Give the shop with a department of three, changed."""
    people = {id_: {"id": id_, "name": id_.title(), "department": "sales"} for id_ in ("ada", "bea", "cleo")}
    extra = (record("person", id_, {**known, **changes.get(id_, {})}) for id_, known in people.items())
    return shop(extra=(record("department", "sales", {"id": "sales"}), *extra))


SALES = Among(department="sales")


def test_members_are_those_of_a_department_a_role_or_a_list() -> None:
    assert [p.id for p in members(SALES, team())] == ["ada", "bea", "cleo"]
    assert [p.id for p in members(Among(role="warehouse"), team())] == ["eva", "leo"]
    assert [p.id for p in members(Among(people=("rui", "ann")), team())] == ["ann", "rui"]
    assert members(Among(), team()) == []


def test_who_is_away_or_inactive_is_left_out() -> None:
    known = team(ada={"absences": AWAY, "deputy": "rui"}, cleo={"active": False})
    assert available(SALES, known, NOW) == ["bea"]


def test_deputies_take_the_turns_where_nobody_is_there() -> None:
    gone = {"absences": [{**AWAY[0], "deputy": "eva"}], "deputy": "rui"}
    known = team(ada=gone, bea={"active": False, "deputy": "leo"}, cleo={"active": False, "deputy": "bea"})
    assert available(SALES, known, NOW) == ["eva", "leo"]
    nobody = team(**{id_: {"active": False} for id_ in ("ada", "bea", "cleo")})
    assert available(SALES, nobody, NOW) == []


@pytest.mark.parametrize(
    ("last", "following"), [("", "ada"), ("ada", "bea"), ("bea", "cleo"), ("cleo", "ada"), ("ben", "cleo")]
)
def test_turns_go_round_past_who_has_left(last: str, following: str) -> None:
    assert next_in_turn(["ada", "bea", "cleo"], last) == following


@pytest.mark.parametrize(
    ("busy", "last", "chosen"),
    [
        ({"ada": 3, "bea": 1, "cleo": 2}, "", "bea"),
        ({"ada": 3, "bea": 1}, "ada", "cleo"),
        ({"ada": 1, "bea": 1, "cleo": 1}, "ada", "bea"),
        ({"ada": 1, "bea": 4, "cleo": 1}, "ada", "cleo"),
    ],
)
def test_the_least_busy_is_chosen_and_of_equals_whose_turn_it_is(busy: dict[str, int], last: str, chosen: str) -> None:
    assert least_busy(["ada", "bea", "cleo"], busy, last) == chosen


def test_the_same_people_share_one_turn_however_they_are_listed() -> None:
    assert name_of(Among(people=("rui", "ann", "rui"))) == name_of(Among(people=("ann", "rui")))
    assert len(name_of(Among(people=tuple(f"person-{n}" for n in range(1000))))) < 200
    assert len({name_of(Among(people=("x",))), name_of(Among(role="x")), name_of(Among(department="x"))}) == 3


@pytest.mark.parametrize(
    ("among", "path"),
    [
        (None, "among"),
        (Among(), "among"),
        (Among(role="warehouse", department="sales"), "among"),
        (Among(role="pilots"), "among.role"),
        (Among(department="moon"), "among.department"),
        (Among(people=("ann", "zoe")), "among.people.1"),
    ],
)
def test_what_names_nobody_is_refused_with_its_place(among: Among | None, path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        check_among(among, team())
    assert caught.value.path == path
    assert caught.value.fix
    assert check_among(SALES, team()) is SALES
