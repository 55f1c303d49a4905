"""Files that come with a form, and what a submission tells: whose it is, what was agreed to, and what is wrong."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from chassis.problems import Problem
from contracts.config import Source
from contracts.forms import TRAP, Form
from contracts.signals import Identity
from starlette.datastructures import Headers, UploadFile
from trigger_gateway.forms import submission, uploads
from trigger_gateway.forms.submission import Submission
from trigger_gateway.forms.uploads import LARGEST_FILE, LONGEST_NAME, MOST_OF_A_FIELD

PDF, PNG = b"%PDF-1.7 plan", b"\x89PNG\r\n\x1a\nplan"
FORM = Form.model_validate(
    {
        "fields": [
            {"key": "name", "required": True},
            {"key": "mobile", "kind": "phone"},
            {"key": "home", "kind": "phone"},
            {"key": "mail", "kind": "email"},
            {"key": "plan", "kind": "file", "required": True, "accept": ["application/pdf", "image/png", "text/plain"]},
        ],
        "consents": [
            {"key": "terms", "text": "I agree", "required": True},
            {"key": "ads", "text": "Show me more", "channels": ["email", "phone"], "version": "3"},
        ],
    }
)
SOURCE = Source(id="offer", kind="form", token="t")
FILLED = {"name": "Ana", "consent.terms": "yes"}
KEPT = {"plan": ({"hash": "a" * 64, "name": "p.pdf"},)}


def file(
    content: bytes = PDF, kind: str = "application/pdf", name: str = "plan.pdf", size: int | None = None
) -> UploadFile:
    told = len(content) if size is None else size
    return UploadFile(io.BytesIO(content), size=told, filename=name, headers=Headers({"content-type": kind}))


@pytest.mark.parametrize(
    "good",
    [
        file(),
        file(PNG, "image/png"),
        file(PNG, "IMAGE/PNG; name=x"),
        file(b"anything at all", "text/plain"),
        file(size=LARGEST_FILE),
    ],
)
async def test_a_file_of_a_kind_that_the_form_takes_is_taken_and_read_from_its_beginning(good: UploadFile) -> None:
    assert await uploads.check(FORM, {"plan": (good,)}) == {}
    assert good.file.tell() == 0


@pytest.mark.parametrize(
    "bad",
    [
        file(b"<html>", "application/pdf"),
        file(b" %PDF-1.7", "application/pdf"),
        file(PDF, "image/png"),
        file(PDF, "text/html"),
        file(PDF, ""),
        file(b"GIF8", "image/gif"),
        file(b"", "text/plain"),
        file(size=LARGEST_FILE + 1),
        file(b"%PD", "application/pdf"),
    ],
)
async def test_a_file_that_is_not_what_it_says_or_what_is_asked_for_is_not(bad: UploadFile) -> None:
    assert await uploads.check(FORM, {"plan": (file(), bad)}) == {"plan": "file"}


async def test_a_field_takes_so_many_files_and_those_that_nobody_asked_for_are_not_looked_at() -> None:
    many = tuple(file() for _ in range(MOST_OF_A_FIELD + 1))
    assert await uploads.check(FORM, {"plan": many[1:], "name": many, "other": many}) == {}
    assert await uploads.check(FORM, {"plan": many}) == {"plan": "file"}


@asynccontextmanager
async def crm(status: int = 201, error: Exception | None = None) -> AsyncIterator[tuple[httpx.AsyncClient, list[Any]]]:
    """Give a client of a crm-api that keeps files, and what it was sent."""
    kept: list[Any] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        kept.append((request.url.path, request.headers["content-type"], await request.aread()))
        if error is not None:
            raise error
        return httpx.Response(status, json={"hash": "b" * 64, "size": 7})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://crm") as client:
        yield client, kept


async def test_files_are_kept_in_their_order_and_only_those_that_are_asked_for() -> None:
    async with crm() as (client, sent):
        given = {"plan": (file(name="a.pdf"), file(PNG, "image/png", "b\r\n\u202e.png")), "other": (file(),)}
        kept = await uploads.keep(FORM, given, client)
    assert [(one["name"], one["type"], one["hash"]) for one in kept["plan"]] == [
        ("a.pdf", "application/pdf", "b" * 64),
        ("b.png", "image/png", "b" * 64),
    ]
    assert sent == [("/v1/files", "application/pdf", PDF), ("/v1/files", "image/png", PNG)]
    assert set(kept) == {"plan"}


async def test_of_a_long_name_the_end_is_kept_which_says_what_it_is() -> None:
    async with crm() as (client, _):
        kept = await uploads.keep(FORM, {"plan": (file(name="x" * 500 + ".pdf"),)}, client)
    assert kept["plan"][0]["name"] == "x" * (LONGEST_NAME - 4) + ".pdf"


@pytest.mark.parametrize(("status", "error"), [(500, None), (413, None), (201, httpx.ConnectError("gone"))])
async def test_while_they_cannot_be_kept_the_sender_is_asked_to_try_again(status: int, error: Exception | None) -> None:
    async with crm(status, error) as (client, _):
        with pytest.raises(Problem) as refused:
            await uploads.keep(FORM, {"plan": (file(),)}, client)
    assert refused.value.status == 503


def wrong(values: dict[str, str], files: dict[str, Any] | None = None) -> dict[str, str]:
    return dict(submission.check(FORM, SOURCE, Submission(values, files or {}), "PT").wrong)


def test_each_field_that_lacks_is_named_and_a_file_that_came_lacks_no_more() -> None:
    assert wrong({}) == {"name": "missing", "plan": "missing", "consent.terms": "tick"}
    assert wrong(FILLED, KEPT) == {}
    assert wrong({**FILLED, "plan": "a" * 64}) == {}
    assert wrong({**FILLED, "plan": "plan.pdf"}) == {"plan": "file"}
    assert wrong({**FILLED, "name": " \t"}, KEPT) == {"name": "missing"}
    assert wrong({**FILLED, "consent.terms": "no"}, KEPT) == {"consent.terms": "tick"}


def test_what_the_source_needs_must_be_filled_in_too() -> None:
    source = SOURCE.model_copy(update={"required": ("mobile",)})
    assert submission.check(FORM, source, Submission(FILLED, KEPT), "PT").wrong == {"mobile": "missing"}


def test_what_the_form_does_not_ask_for_is_not_told() -> None:
    checked = submission.check(FORM, SOURCE, Submission({**FILLED, "admin": "yes", "form": "x"}, KEPT), "PT")
    assert checked.values == {"name": "Ana"}


@pytest.mark.parametrize(
    ("identities", "values", "known"),
    [
        ({}, {"mobile": "+351912345678", "home": "+351212345678"}, [("phone", "+351912345678")]),
        ({}, {"home": "+351212345678", "mail": "ana@example.com"}, [("email", "ana@example.com")]),
        ({"phone": "home"}, {"mobile": "+351912345678", "home": "+351212345678"}, [("phone", "+351212345678")]),
        ({"phone": "name"}, {"name": "+351912345678"}, []),
        ({"phone": "gone"}, {"mobile": "+351912345678"}, []),
    ],
)
def test_a_submission_is_of_whom_its_first_phone_and_email_name_or_the_source_says(
    identities: dict[str, str], values: dict[str, str], known: list[tuple[str, str]]
) -> None:
    source = SOURCE.model_copy(update={"identities": identities})
    told = submission.identities(FORM, source, values)
    assert {(one.kind, one.value) for one in told} == {(k, v) for k, v in known}
    assert all(isinstance(one, Identity) for one in told)


def test_what_is_told_names_files_by_their_hashes_and_consents_by_their_wording() -> None:
    two = {"plan": ({"hash": "a" * 64}, {"hash": "b" * 64})}
    given = {**FILLED, "consent.ads": "ON"}
    told = submission.told(FORM, SOURCE, Submission(given, two), {"name": "Ana"})
    assert (told["form"], told["plan"], len(told["files"])) == ("offer", ["a" * 64, "b" * 64], 2)
    assert told["consents"] == [
        {"channel": channel, "state": "given", "text": "ads", "version": "3"} for channel in ("email", "phone")
    ]
    assert submission.told(FORM, SOURCE, Submission(FILLED, KEPT), {})["plan"] == "a" * 64
    assert "consents" not in submission.told(FORM, SOURCE, Submission(FILLED, KEPT), {})
    assert "files" not in submission.told(FORM, SOURCE, Submission(FILLED, {"plan": ()}), {})
    assert json.dumps(told)


@pytest.mark.parametrize(
    ("typed", "trapped"), [(None, False), ("", False), ("https://spam.example", True), (" ", True)]
)
def test_whatever_is_typed_where_people_see_nothing_is_a_machine_s(typed: str | None, trapped: bool) -> None:  # noqa: FBT001  a case
    values = FILLED if typed is None else {**FILLED, TRAP: typed}
    assert Submission(values).trapped is trapped


def test_a_callback_form_asks_for_a_call_whatever_else_its_source_says() -> None:
    named = SOURCE.model_copy(update={"signals": "lead.came"})
    asks = FORM.model_copy(update={"callback": True})
    assert [submission.kind(FORM, SOURCE), submission.kind(FORM, named), submission.kind(asks, named)] == [
        "form.submitted",
        "lead.came",
        "callback.requested",
    ]
