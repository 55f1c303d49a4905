"""Own forms over HTTP: their page, what is sent from it with and without files, and the script that shows them."""

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from chassis.http import serve
from chassis.testing import eventually, running_tasks
from contracts import ids, topics
from contracts.config import ConfigChanged, Source
from contracts.signals import DeliveryRepeated, Identity
from stack.ports import free_port
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from trigger_gateway.forms import incoming
from typing_extensions import override

TOKEN = "offer-token-0123456789abcdef"
SITE = "https://shop.example"
PATH = f"/f/offer/{TOKEN}"
FIELDS: list[dict[str, Any]] = [
    {"key": "name", "label": {"en": "Your name", "pt": "O seu nome"}, "required": True},
    {"key": "phone", "label": "Phone", "kind": "phone", "required": True, "help": "We call you back"},
    {"key": "email", "label": "Email", "kind": "email"},
    {"key": "when", "label": "When", "kind": "date"},
    {"key": "rooms", "label": "Rooms", "kind": "number"},
    {"key": "wood", "label": "Wood", "kind": "choice", "choices": ["oak", "pine"], "choice_names": {"oak": "Oak"}},
    {"key": "rush", "label": "It is urgent", "kind": "checkbox"},
    {"key": "wish", "label": "Your wish", "kind": "textarea"},
    {"key": "plan", "label": "Plan", "kind": "file", "accept": ["application/pdf"]},
    {"key": "utm_source", "kind": "hidden"},
]
CONSENTS = [
    {"key": "terms", "text": "I agree to the terms", "required": True},
    {"key": "news", "text": "Send me news", "channels": ["email", "advertising"], "version": "2026-11"},
]
DEFINITION = {"title": "Offer", "fields": FIELDS, "consents": CONSENTS, "sites": [SITE], "thanks": "See you soon"}
FILLED = {"name": "Ana Reis", "phone": "912 345 678", "wish": "<b>oak</b>", "consent.terms": "yes", "submission": "s-1"}


def offer(revision: int = 20, **changes: Any) -> ConfigChanged:
    source = Source(id="offer", kind="form", token=TOKEN, settings={**DEFINITION, **changes})
    data = source.model_dump(mode="json")
    return ConfigChanged(
        kind="source", id="offer", revision=revision, data=data, changed_at=datetime(2026, 3, 2, tzinfo=UTC)
    )


@pytest.fixture
def crm_files() -> dict[str, bytes]:
    return {}


@pytest.fixture
async def crm(crm_files: dict[str, bytes]) -> AsyncIterator[str]:
    """Give the address of what keeps files as crm-api does."""

    async def put(request: Request) -> JSONResponse:
        assert request.headers["authorization"] == "Bearer gateway-token"
        content = await request.body()
        hash_ = hashlib.sha256(content).hexdigest()
        crm_files[hash_] = content
        kept = {"hash": hash_, "content_type": request.headers["content-type"], "size": len(content)}
        return JSONResponse(kept, 201)

    port = free_port()
    async with running_tasks(serve(Starlette(routes=[Route("/v1/files", put, methods=["POST"])]), "127.0.0.1", port)):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def forms(started: Any, crm: str) -> Any:
    door = await started("serve", crm_api_url=crm)
    await door.configure(offer())
    return door


class Page(HTMLParser):
    """What a page holds: the attributes of its tags, and the texts of its labels."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def of(self, *names: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag in names]

    def input(self, name: str) -> dict[str, str]:
        [found] = [one for one in self.of("input", "select", "textarea") if one.get("name") == name]
        return found


async def test_the_page_says_what_each_field_is_and_works_without_scripts(forms: Any) -> None:
    answer = await forms.http.get(PATH, params={"utm_source": "letter"}, headers={"Accept-Language": "pt-PT,pt;q=0.9"})
    page = Page(answer.text)
    shown = [one for one in page.of("input", "select", "textarea") if one.get("type") != "hidden"]
    labelled = {one["for"] for one in page.of("label")}
    assert all(one["id"] in labelled for one in shown)
    ids_ = [one["id"] for _, one in page.tags if "id" in one]
    assert len(ids_) == len(set(ids_))
    assert {i for one in shown for i in one.get("aria-describedby", "").split()} <= set(ids_)
    assert page.of("html")[0]["lang"] == "pt"
    assert "O seu nome" in answer.text
    assert page.input("phone")["autocomplete"] == "tel"
    assert page.input("name")["autocomplete"] == "name"
    assert page.input("utm_source")["value"] == "letter"
    assert page.of("form")[0]["enctype"] == "multipart/form-data"
    assert page.of("script") == []


async def test_the_policy_allows_no_script_but_ours_and_frames_on_the_forms_sites_alone(forms: Any) -> None:
    policy = (await forms.http.get(PATH)).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert f"frame-ancestors {SITE}" in policy
    assert "unsafe" not in policy
    framed = await forms.http.get(PATH, params={"site": SITE})
    [nonce] = re.findall(r"script-src 'nonce-([^']+)'", framed.headers["content-security-policy"])
    assert f'<script nonce="{nonce}">' in framed.text
    stranger = await forms.http.get(PATH, params={"site": "https://evil.example"})
    assert "<script" not in stranger.text


async def test_what_is_filled_in_is_one_signal_and_a_thank_you(forms: Any) -> None:
    sent = {**FILLED, "wood": "oak", "rush": "yes", "rooms": "2,5", "consent.news": "yes", "nobody_asked": "this"}
    answer = await forms.http.post(PATH, data=sent)
    assert (answer.status_code, "See you soon" in answer.text) == (200, True)
    [signal] = await forms.signals()
    assert (signal.id, signal.kind) == (ids.signal_id("offer", "s-1"), "form.submitted")
    assert signal.identities == (Identity(kind="phone", value="+351912345678"),)
    told = {"text": "news", "version": "2026-11", "state": "given"}
    assert signal.payload == {
        "name": "Ana Reis",
        "phone": "+351912345678",
        "wish": "<b>oak</b>",
        "wood": "oak",
        "rush": "yes",
        "rooms": "2.5",
        "form": "offer",
        "consents": [{"channel": "email", **told}, {"channel": "advertising", **told}],
    }


async def test_the_form_comes_back_with_what_was_typed_and_what_is_wrong(forms: Any) -> None:
    wrong = {**FILLED, "phone": "12", "email": "no", "wood": "steel", "when": "soon", "rooms": "many"}
    del wrong["consent.terms"]
    answer = await forms.http.post(PATH, data=wrong)
    assert answer.status_code == 422
    page = Page(answer.text)
    marked = {one["name"] for one in page.of("input", "select", "textarea") if "aria-invalid" in one}
    assert marked == {"phone", "email", "wood", "when", "rooms", "consent.terms"}
    linked = {one["href"].removeprefix("#f-") for one in page.of("a")}
    assert linked == marked
    assert page.input("phone")["value"] == "12"
    assert page.input("phone")["aria-describedby"] == "f-phone-help f-phone-wrong"
    assert page.input("submission")["value"] == "s-1"
    assert "<b>oak" not in answer.text
    assert "&lt;b&gt;oak" in answer.text
    assert await forms.kept_nothing()


async def test_a_double_press_is_one_delivery(forms: Any) -> None:
    first, second = [await forms.http.post(PATH, data=FILLED) for _ in range(2)]
    assert first.status_code == second.status_code == 200
    [repeat] = await eventually(lambda: forms.deployment.data(topics.SIGNALS, DeliveryRepeated))
    assert repeat.delivery == "s-1"
    other = await forms.http.post(PATH, data={**FILLED, "wish": "pine"})
    assert other.status_code == 409
    assert len(await forms.signals()) == 1


async def test_who_fills_in_what_people_do_not_see_is_thanked_and_wakes_nothing(forms: Any) -> None:
    answer = await forms.http.post(PATH, data={**FILLED, "your_homepage_": "https://spam.example", "phone": "x"})
    assert (answer.status_code, "See you soon" in answer.text) == (200, True)
    [row] = await forms.rows("SELECT signal, body FROM delivery")
    assert row["signal"] is None
    assert b"spam.example" in row["body"]
    assert await forms.deployment.seen(topics.SIGNALS) == []


async def test_a_callback_form_asks_for_a_call(forms: Any) -> None:
    await forms.configure(offer(21, callback=True))
    await forms.http.post(PATH, data=FILLED)
    [signal] = await forms.signals()
    assert signal.kind == "callback.requested"


async def test_a_form_leads_on_to_its_own_site(forms: Any) -> None:
    await forms.configure(offer(22, redirect=f"{SITE}/thanks"))
    answer = await forms.http.post(PATH, data=FILLED)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{SITE}/thanks")
    framed = await forms.http.post(f"{PATH}?site={SITE}", data={**FILLED, "submission": "s-2"})
    assert framed.status_code == 200
    assert f'{{"redirect": "{SITE}/thanks"}}' in framed.text


async def test_files_are_kept_by_crm_api_and_named_by_their_hash(forms: Any, crm_files: dict[str, bytes]) -> None:
    content = b"%PDF-1.7 " + b"x" * 100_000
    answer = await forms.http.post(PATH, data=FILLED, files={"plan": ("plan.pdf", content, "application/pdf")})
    assert answer.status_code == 200
    [(hash_, kept)] = crm_files.items()
    assert kept == content
    [signal] = await forms.signals()
    assert signal.payload["plan"] == hash_
    [told] = signal.payload["files"]
    assert told == {
        "field": "plan",
        "name": "plan.pdf",
        "hash": hash_,
        "type": "application/pdf",
        "size": len(content),
    }
    [row] = await forms.rows("SELECT body, headers FROM delivery")
    assert hash_.encode() in row["body"]
    assert len(row["body"]) < 1000


FILES = (
    ("plan.exe", b"MZ", "application/octet-stream"),
    ("plan.pdf", b"MZ not a pdf", "application/pdf"),
    ("plan.pdf", b"", "application/pdf"),
)


async def test_files_of_other_kinds_are_not_taken(forms: Any, crm_files: dict[str, bytes]) -> None:
    for file in FILES:
        answer = await forms.http.post(PATH, data=FILLED, files={"plan": file})
        assert answer.status_code == 422
        assert 'href="#f-plan"' in answer.text
    assert crm_files == {}
    assert await forms.kept_nothing()


def parts(count: int) -> bytes:
    part = '--b\r\nContent-Disposition: form-data; name="f{}"\r\n\r\nx\r\n'
    return "".join(part.format(n) for n in range(count)).encode() + b"--b--\r\n"


UPLOAD = b'--b\r\nContent-Disposition: form-data; name="plan"; filename="plan.pdf"\r\n\r\n'
REFUSED = (
    (parts(10_000), "multipart/form-data; boundary=b", 400),
    (parts(1)[:40], "multipart/form-data; boundary=b", 422),
    (b"x", "multipart/form-data", 400),
    (
        b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n' + b"x" * 200_000,
        "multipart/form-data; boundary=b",
        400,
    ),
    (UPLOAD + b"x" * 2_000_000, "multipart/form-data; boundary=b", 413),
    (b"{}", "application/json", 415),
    (b"name=%FF", "application/x-www-form-urlencoded", 400),
)


async def test_what_cannot_be_a_form_is_refused(forms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "LARGEST_UPLOAD", 1_000_000)
    for body, kind, status in REFUSED:
        try:
            answer = await forms.http.post(PATH, content=body, headers={"Content-Type": kind})
        except (httpx.WriteError, httpx.ReadError):
            assert status == 413  # the server stopped reading
            continue
        assert answer.status_code == status, (kind, answer.text)
    assert await forms.kept_nothing()


async def test_the_script_shows_the_form_on_any_site(forms: Any) -> None:
    answer = await forms.http.get(f"{PATH}/embed.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "event.origin !== address.origin" in answer.text


async def test_nothing_tells_whether_a_form_exists(forms: Any) -> None:
    wrong = [f"/f/offer/{'x' * 20}", f"/f/none/{TOKEN}", f"/f/site/{'form-token-0123456789abcdef'}", "/f/offer/%C3%A9"]
    answers = [await forms.http.get(address) for address in wrong]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}


async def test_who_sends_too_often_waits(started: Any) -> None:
    forms = await started("serve", knocks_per_minute=2)
    await forms.configure(offer())
    answers = [await forms.http.post(PATH, data={**FILLED, "submission": f"s-{n}"}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"] == "60"
    assert Page(answers[-1].text).of("form")


async def test_behind_a_trusted_proxy_each_client_is_counted_by_itself(started: Any) -> None:
    forms = await started("serve", knocks_per_minute=1, trusted_proxies=("127.0.0.1/32",))
    await forms.configure(offer())
    answers = [
        await forms.http.post(
            PATH, data={**FILLED, "submission": f"s-{n}"}, headers={"X-Forwarded-For": f"203.0.113.{client}"}
        )
        for n, client in enumerate((1, 2, 1))
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 429]


async def test_programs_may_post_a_defined_form_at_the_door_too(forms: Any) -> None:
    refused = await forms.http.post(f"/in/offer/{TOKEN}", data={**FILLED, "phone": ""})
    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"field": "phone", "problem": "missing", "fix": "Fill this in."}]
    taken = await forms.http.post(f"/in/offer/{TOKEN}", data={**FILLED, "consents": "x", "other": "y"})
    assert taken.status_code == 200
    [signal] = await forms.signals()
    assert signal.payload.keys() == {"name", "phone", "wish", "form"}
