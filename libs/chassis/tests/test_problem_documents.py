"""Every refusal is a document that says where the trouble is and how to mend it."""

import json
from typing import Any

import pytest
from chassis.principals import Principal, Tokens
from chassis.problems import Problem, answer, wrong_field
from pydantic import SecretStr


def body(problem: Problem) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(bytes(problem.response().body))
    return told


@pytest.mark.parametrize(
    ("status", "after", "waits"),
    [(503, None, "1"), (503, 30, "30"), (503, 0, "0"), (429, 7, "7"), (429, None, None), (409, None, None)],
)
def test_who_should_come_again_is_told_when(status: int, after: int | None, waits: str | None) -> None:
    response = Problem(status, "Not now", after=after).response()
    assert response.headers.get("retry-after") == waits
    assert (response.status_code, response.media_type) == (status, "application/problem+json")


def test_a_problem_without_a_field_lists_none_and_without_more_to_say_has_no_detail() -> None:
    assert body(Problem(404, "No such item")) == {"type": "about:blank", "title": "No such item", "status": 404}


def test_a_field_is_told_in_the_words_of_the_title_where_there_are_no_others() -> None:
    told = body(Problem(422, "Too long", field="title", fix="shorten it"))
    assert told["errors"] == [{"field": "title", "problem": "Too long", "fix": "shorten it"}]
    assert "detail" not in told


def test_what_belongs_to_a_problem_stands_beside_it_and_may_list_more_errors() -> None:
    errors = [{"field": "a", "problem": "b", "fix": "c"}]
    told = body(Problem(409, "Changed meanwhile", detail="read it again", item={"version": 4}, errors=errors))
    assert (told["item"], told["errors"], told["detail"]) == ({"version": 4}, errors, "read it again")
    assert str(Problem(409, "Changed meanwhile", detail="read it again")) == "read it again"


def test_an_answer_says_its_status_also_in_its_body() -> None:
    response = answer(405, {"title": "No", "status": 405})
    assert (response.status_code, json.loads(bytes(response.body))["status"]) == (405, 405)


@pytest.mark.parametrize(
    ("kind", "place", "field", "fix"),
    [
        ("json_invalid", ("body", 17), "body", "send one JSON object"),
        ("missing", ("body", "rows", 2, "amount"), "rows.2.amount", "send it"),
        ("missing", ("query", "limit"), "limit", "send it"),
        ("missing", ("body",), "body", "send it"),
        ("extra_forbidden", ("body", "colour"), "colour", "leave it out, or correct its name"),
        ("int_parsing", ("path", "id"), "id", "send what fits the schema"),
    ],
)
def test_a_part_of_a_request_that_does_not_fit_is_named_by_its_path(
    kind: str, place: tuple[Any, ...], field: str, fix: str
) -> None:
    assert wrong_field({"type": kind, "loc": place, "msg": "so"}) == {"field": field, "problem": "so", "fix": fix}


TOKENS = Tokens({"user:mara": SecretStr("secret-é"), "service:action-workers": SecretStr("other")})


@pytest.mark.parametrize(
    ("token", "found"),
    [
        ("secret-é", Principal("user:mara", operator=True)),
        ("other", Principal("service:action-workers", operator=True)),
        ("secret-", None),
        ("secret-éx", None),
        ("OTHER", None),
        ("", None),
    ],
)
def test_a_token_is_known_whole_or_not_at_all(token: str, found: Principal | None) -> None:
    assert TOKENS.principal(token) == found


def test_a_service_is_told_from_a_person() -> None:
    assert Principal("service:action-workers").is_service
    assert not Principal("user:service:ann").is_service
