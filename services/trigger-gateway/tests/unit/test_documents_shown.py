"""How a document's bytes reach a browser."""

from uuid import UUID

import pytest
from starlette.requests import Request
from trigger_gateway.documents import Document, opens, shown

ID = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e09")


def document(content_type: str) -> Document:
    return Document(ID, ID, "contract", content_type, b"bytes")


@pytest.mark.parametrize("content_type", ["text/html", "text/html; charset=utf-8", "image/png"])
def test_what_a_browser_shows_runs_nothing(content_type: str) -> None:
    answer = shown(document(content_type))
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-disposition"] == "inline"


@pytest.mark.parametrize("content_type", ["image/svg+xml", "application/javascript", "application/octet-stream", "x"])
def test_anything_else_is_saved_not_shown(content_type: str) -> None:
    assert shown(document(content_type)).headers["content-disposition"] == "attachment"


def test_a_pdf_is_shown_by_the_browsers_own_viewer() -> None:
    headers = shown(document("application/pdf")).headers
    assert "content-security-policy" not in headers
    assert headers["x-content-type-options"] == "nosniff"


def test_a_name_of_any_script_stands_in_the_header() -> None:
    named = Document(ID, ID, "contract", "application/pdf", b"bytes", "договор 7.pdf")
    assert shown(named).headers["content-disposition"].startswith("inline; filename*=UTF-8''%D0%B4")


@pytest.mark.parametrize(
    ("agent", "opened"),
    [
        ("Mozilla/5.0 (Linux; Android 13; CUBOT X18) Chrome/120.0 Mobile Safari/537.36", True),
        ("Mozilla/5.0 (Linux; Android 13) Telegram-Android/10.0", True),
        ("", True),
        ("TelegramBot (like TwitterBot)", False),
        ("Slackbot-LinkExpanding 1.0", False),
        ("Mozilla/5.0 (compatible; bingbot/2.0)", False),
    ],
)
def test_people_open_documents_and_programs_that_make_previews_do_not(agent: str, *, opened: bool) -> None:
    scope = {"type": "http", "method": "GET", "headers": [(b"user-agent", agent.encode())]}
    assert opens(Request(scope)) is opened
