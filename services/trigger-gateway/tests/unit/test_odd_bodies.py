"""Bodies that are not what they say: forms in parts, events of no time, visits without end, somebody else's words."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from chassis.problems import Problem
from starlette.requests import Request
from trigger_gateway.kept.rights import Gatekeeper
from trigger_gateway.knocks import Knock
from trigger_gateway.letters import unsubscribing
from trigger_gateway.sources.cloudevents import STRUCTURED, read_events, read_time
from trigger_gateway.sources.multipart import LONGEST_BOUNDARY, MOST_PARTS, Parts, read_parts
from trigger_gateway.visits.serving import read as read_visit

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TYPE = "multipart/form-data; boundary=b"


def parts(body: bytes, kind: str = TYPE) -> Parts:
    return read_parts(Knock(body, {"content-type": kind}, AT))


def part(name: str, content: bytes = b"x", more: bytes = b"") -> bytes:
    return (
        b'--b\r\nContent-Disposition: form-data; name="' + name.encode() + b'"' + more + b"\r\n\r\n" + content + b"\r\n"
    )


END = b"--b--\r\n"


def test_values_and_files_of_a_form_in_parts_are_told_apart() -> None:
    named = b'; filename="pl\xc3\xa0no.pdf"\r\nContent-Type: Application/PDF; charset=x'
    read = parts(part("a", b"1") + part("a", b"2") + part("\u043a", b"\xff") + part("f", b"12345", named) + END)
    assert (read.value("a"), read.value("\u043a"), read.value("none")) == ("1", "\ufffd", "")
    assert (read.files, read.content("f")) == ((("plàno.pdf", 5, "application/pdf"),), b"")


@pytest.mark.parametrize("content", [b"", b"\r\n", b"--b", b"a\r\n--bx\r\n", b"\r\n--", b"\x00\xff" * 50])
def test_what_only_looks_like_an_end_is_content(content: bytes) -> None:
    assert parts(part("a", content) + END).content("a") == content


def test_an_empty_file_is_one_and_may_say_how_large_it_was() -> None:
    for told, size in ((b"9", 9), (b"9999999999", 9_999_999_999), (b"99999999999", 0), (b"-1", 0), (b"\xb2", 0)):
        more = b'; filename=""\r\nX-Size: ' + told
        assert parts(part("f", b"", more) + END).files == (("", size, ""),)


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (TYPE, part("a") * (MOST_PARTS + 1) + END, 400),
        (TYPE, b"no parts", 400),
        (TYPE, b"--b\r\nbroken\r\n\r\nx\r\n--b--", 400),
        ("multipart/form-data", part("a") + END, 400),
        ("multipart/form-data; boundary=", part("a") + END, 400),
        (f"multipart/form-data; boundary={'b' * (LONGEST_BOUNDARY + 1)}", b"", 400),
        ("multipart/mixed; boundary=b", part("a") + END, 415),
        ("application/json", b"{}", 415),
        ("application/x-www-form-urlencoded", b"a=1&" * MOST_PARTS, 400),
    ],
)
def test_what_is_no_form_is_refused(kind: str, body: bytes, status: int) -> None:
    with pytest.raises(Problem) as refused:
        parts(body, kind)
    assert refused.value.status == status


def test_a_form_may_have_so_many_parts_and_be_written_the_other_way() -> None:
    assert len(parts(b"".join(part(str(n)) for n in range(MOST_PARTS)) + END).values) == MOST_PARTS
    assert parts(b"a=1&b=%C3%A9", "application/x-www-form-urlencoded").value("b") == "é"


def event(**more: Any) -> dict[str, Any]:
    told = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", **more}
    [(read, _)] = read_events(Knock(json.dumps(told).encode(), {"content-type": STRUCTURED}, AT))
    return read


@pytest.mark.parametrize(
    ("time", "moment"),
    [(None, None), ("2026-03-02T09:30:00Z", AT), ("2026-03-02T10:30:00.000+01:00", AT)],
)
def test_an_event_may_say_that_it_has_no_time(time: str | None, moment: datetime | None) -> None:
    # The JSON format: a null is equal to an attribute that is not there.
    assert read_time(event(time=time)) == moment
    assert read_time(event()) is None


@pytest.mark.parametrize("time", ["", "2026-03-02T09:30:00", "2026-13-02T09:30:00Z", 7, [], False])
def test_a_time_that_is_no_moment_with_its_zone_is_named(time: Any) -> None:
    with pytest.raises(Problem) as refused:
        event(time=time)
    assert refused.value.errors[0]["field"] == "time"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"\xff", b'{"page": "http://["}', b'{"page": ' + b"[" * 4_000],
)
def test_what_is_no_visit_is_refused(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        read_visit(body)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("page", "read"),
    [
        ("https://shop.example/a?token=1#x", "https://shop.example/a"),
        ("https://shop.example", "https://shop.example"),
        ("https://shop.example/a\x00b", "https://shop.example/ab"),
        ("/a", ""),
        ("", ""),
        ("https://shop.example/" + "a" * 2000, "https://shop.example/" + "a" * 979),
    ],
)
def test_of_a_page_its_place_is_noted_and_nothing_else(page: str, read: str) -> None:
    assert read_visit(json.dumps({"visitor": "v", "page": page}).encode()) == ("v", read)


def asker(authorization: str = "Bearer person") -> Request:
    return Request({"type": "http", "headers": [(b"authorization", authorization.encode())]})


async def asked(answer: httpx.Response | Exception, request: Request | None = None) -> tuple[int, list[httpx.Request]]:
    """Ask crm-api whether somebody may read a source; give the status of the refusal, 0 for none."""
    seen: list[httpx.Request] = []

    def far(came: httpx.Request) -> httpx.Response:
        seen.append(came)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with httpx.AsyncClient(transport=httpx.MockTransport(far), base_url="http://crm") as client:
        try:
            await Gatekeeper(client).may_read(request or asker(), "a/../b?c")
        except Problem as problem:
            return problem.status, seen
    return 0, seen


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (httpx.Response(200, json={}), 0),
        (httpx.Response(204), 0),
        (httpx.Response(403, json={"title": "No", "detail": "Ask an admin."}), 403),
        (httpx.Response(401, text="<html>"), 401),
        (httpx.Response(404, json=["none"]), 404),
        (httpx.Response(403), 403),
        (httpx.Response(302, headers={"location": "/login"}), 503),
        (httpx.Response(429), 503),
        (httpx.Response(500), 503),
        (httpx.ReadTimeout("slow"), 503),
    ],
)
async def test_who_may_look_is_whom_crm_api_lets_and_nobody_else(
    answer: httpx.Response | Exception, status: int
) -> None:
    refused, seen = await asked(answer)
    assert refused == status
    (request,) = seen
    assert request.headers["authorization"] == "Bearer person"
    assert request.url.raw_path == b"/v1/config/source/a%2F..%2Fb%3Fc"


@pytest.mark.parametrize("authorization", ["", "Basic eDp5", "bearer person"])
async def test_who_shows_no_token_is_not_even_asked_for(authorization: str) -> None:
    assert await asked(httpx.Response(200), asker(authorization)) == (401, [])


@pytest.mark.parametrize(
    ("query", "accept", "portal", "language"),
    [
        ("lang=ru", "it", "pt", "ru"),
        ("lang=ru-RU", "it", "pt", "ru"),
        ("lang=xx", "it-IT,it;q=0.9", "pt", "it"),
        ("", "xx, pt-BR;q=0.8", "it", "pt"),
        ("", "", "it", "it"),
        ("", "*", "xx", "en"),
        ("lang=%3Cscript%3E", "", "", "en"),
    ],
)
def test_a_reader_is_spoken_to_in_the_language_that_they_ask_for(
    query: str, accept: str, portal: str, language: str
) -> None:
    headers = [(b"accept-language", accept.encode())]
    request = Request({"type": "http", "headers": headers, "query_string": query.encode()})
    assert unsubscribing.language_of(request, portal) == language


@pytest.mark.parametrize("language", sorted(unsubscribing.WORDS))
def test_an_address_is_shown_as_it_is_and_is_no_part_of_the_page(language: str) -> None:
    odd = "<b>{address}</b>&@x.example"
    for page, offers_to_come_back in (
        (unsubscribing.asked(odd, language), False),
        (unsubscribing.done(odd, language, back=True), False),
        (unsubscribing.done(odd, language, back=False), True),
    ):
        shown = bytes(page.body).decode()
        assert "&lt;b&gt;{address}&lt;/b&gt;&amp;@x.example" in shown
        assert "<b>" not in shown
        assert shown.count("<form") == 1
        assert ("again=1" in shown) is offers_to_come_back
