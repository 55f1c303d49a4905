"""Forms as browsers post them: read, refused field by field, answered to people and to programs."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from chassis.problems import Problem
from contracts.config import Portal, Source
from contracts.signals import Identity
from trigger_gateway.knocks import Knock
from trigger_gateway.sources import form
from trigger_gateway.sources.source_kind import Setup, Taken, Told

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
SOURCE = Source(
    id="site", kind="form", token="t", required=("name", "phone"), identities={"phone": "phone", "email": "email"}
)
SIGNAL = UUID("e370ee5f-3978-5c92-96b9-2250bed7e465")
FILLED = {"name": "Ana Reis", "phone": "912 345 678", "email": "Ana@Example.com "}


def setup(**changes: Any) -> Setup:
    return Setup(SOURCE.model_copy(update=changes), (), Portal(country="PT"))


def posted(body: bytes, accept: str = "*/*", kind: str = "application/x-www-form-urlencoded") -> Knock:
    return Knock(body, {"content-type": kind, "accept": accept}, AT)


def read(fields: dict[str, str], **changes: Any) -> Told:
    return form.read(posted(urlencode(fields).encode()), setup(**changes))


def errors(fields: dict[str, str]) -> list[tuple[str, str]]:
    with pytest.raises(Problem) as refused:
        read(fields)
    assert refused.value.status == 422
    return [(error["field"], error["problem"]) for error in refused.value.errors]


def test_a_submission_tells_who_sent_it_in_one_form() -> None:
    told = read(FILLED)
    assert told.kind == "form.submitted"
    assert told.identities == (
        Identity(kind="phone", value="+351912345678"),
        Identity(kind="email", value="ana@example.com"),
    )
    assert told.payload == {
        "name": "Ana Reis",
        "phone": "+351912345678",
        "email": "ana@example.com",
        "form": "site",
    }


def test_the_source_names_the_kind_of_its_signals() -> None:
    assert read(FILLED, signals="callback.requested").kind == "callback.requested"


def test_a_page_cannot_pass_for_another_form() -> None:
    assert read({**FILLED, "form": "other"}).payload["form"] == "site"


def test_a_hidden_submission_is_the_delivery_and_no_field() -> None:
    told = read({**FILLED, "submission": "s-1"})
    assert told.delivery == "s-1"
    assert "submission" not in told.payload


def test_without_one_each_press_of_the_button_is_a_delivery() -> None:
    assert read(FILLED).delivery != read(FILLED).delivery


def test_all_missing_fields_are_named_at_once() -> None:
    assert errors({"email": "ana@example.com"}) == [("name", "is missing"), ("phone", "is missing")]
    assert errors({"name": "  ", "phone": "912345678"}) == [("name", "is missing")]
    assert errors({}) == [("name", "is missing"), ("phone", "is missing")]


@pytest.mark.parametrize("phone", ["12", "my phone", "+999 1", "912345678901234567890", "+"])
def test_a_phone_that_cannot_be_one_is_named(phone: str) -> None:
    assert errors({"name": "Ana", "phone": phone}) == [("phone", "cannot be read")]


@pytest.mark.parametrize("email", ["ana", "ana@", "@example.com", "a b@example.com", "ana@example", "a@b@c.pt"])
def test_an_email_that_cannot_be_one_is_named(email: str) -> None:
    assert errors({**FILLED, "email": email}) == [("email", "cannot be read")]


def test_a_phone_that_is_not_required_may_be_left_empty() -> None:
    told = read({"name": "Ana", "phone": ""}, required=("name",))
    assert told.identities == ()


def test_letters_of_any_script_arrive_as_they_were_written() -> None:
    assert read({**FILLED, "name": "Lúcia 安 & <b>"}).payload["name"] == "Lúcia 安 & <b>"


def test_several_values_of_one_name_become_one() -> None:
    body = urlencode([("name", "Ana"), ("phone", "912345678"), ("wood", "oak"), ("wood", ""), ("wood", "ash")])
    assert form.read(posted(body.encode()), setup()).payload["wood"] == "oak, ash"


@pytest.mark.parametrize("body", [b"name=%FF", b"name=\xff", b"%C3%28=1"])
def test_a_form_that_is_not_utf8_is_a_400(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        form.read(posted(body), setup())
    assert (refused.value.status, refused.value.title) == (400, "The form is not UTF-8")


def test_a_zero_byte_is_a_400() -> None:
    with pytest.raises(Problem, match="Leave out NUL") as refused:
        form.read(posted(b"name=a%00b"), setup())
    assert (refused.value.status, refused.value.title) == (400, "The form is not text")


def test_a_flood_of_fields_is_a_400() -> None:
    with pytest.raises(Problem, match="It may have 200"):
        form.read(posted(b"&".join(b"f%d=1" % n for n in range(201))), setup())


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "multipart/form-data; boundary=x"])
def test_a_body_of_another_kind_is_a_415(kind: str) -> None:
    with pytest.raises(Problem) as refused:
        form.read(posted(b"{}", kind=kind), setup())
    assert refused.value.status == 415


def test_a_charset_beside_the_kind_is_fine() -> None:
    body = urlencode(FILLED).encode()
    kind = "Application/X-WWW-Form-Urlencoded; charset=UTF-8"
    assert form.read(posted(body, kind=kind), setup()).kind == "form.submitted"


def test_a_program_hears_which_signal_its_form_became() -> None:
    answer = form.answer(posted(b""), setup(), Taken("first", SIGNAL))
    assert json.loads(bytes(answer.body)) == {"status": "received", "signal": str(SIGNAL)}


def test_a_repeat_is_answered_like_the_first() -> None:
    first, repeat = (form.answer(posted(b""), setup(), Taken(o, SIGNAL)) for o in ("first", "repeated"))
    assert (first.status_code, first.body) == (repeat.status_code, repeat.body)


def test_a_person_is_thanked_in_the_words_of_the_source() -> None:
    thanked = setup(settings={"thanks": "Obrigado <3"})
    answer = form.answer(posted(b"", BROWSER), thanked, Taken("first", SIGNAL))
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert b"Obrigado &lt;3" in answer.body


def test_a_person_is_shown_what_is_missing_and_nothing_of_it_runs() -> None:
    problem = Problem(422, "No", field="<script>", detail="<img>", fix="fill & send")
    answer = form.refuse(posted(b"", BROWSER), problem)
    assert answer.status_code == 422
    assert b"&lt;script&gt;" in answer.body
    assert b"fill &amp; send" in answer.body
    assert b"<script>" not in bytes(answer.body)
    assert b"<img>" not in bytes(answer.body)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_other_values_under_a_used_submission_are_refused_with_words() -> None:
    taken = Taken("quarantined", SIGNAL)
    assert form.answer(posted(b""), setup(), taken).status_code == 409
    assert b"Load it again" in form.answer(posted(b"", BROWSER), setup(), taken).body


def test_a_form_without_fields_may_still_ask_for_consent() -> None:
    consents = [{"key": "ads", "text": "Show me more", "channels": ["advertising"], "version": "2"}]
    told = read({**FILLED, "consent.ads": "yes"}, settings={"consents": consents})
    assert told.payload["consents"] == [{"channel": "advertising", "state": "given", "text": "ads", "version": "2"}]
    assert "consent.ads" not in told.payload
    assert "consents" not in read(FILLED, settings={"consents": consents}).payload
