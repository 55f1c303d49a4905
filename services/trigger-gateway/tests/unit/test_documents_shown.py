"""How a document's bytes reach a browser."""

from uuid import UUID

import pytest
from trigger_gateway.documents import Document, shown

ID = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e09")


def document(content_type: str) -> Document:
    return Document(ID, ID, "contract", content_type, b"bytes")


@pytest.mark.parametrize("content_type", ["text/html", "text/html; charset=utf-8", "image/png"])
def test_what_a_browser_shows_runs_nothing(content_type: str) -> None:
    answer = shown(document(content_type))
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-store"
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize("content_type", ["image/svg+xml", "application/javascript", "application/octet-stream", "x"])
def test_anything_else_is_saved_not_shown(content_type: str) -> None:
    assert shown(document(content_type)).headers["content-disposition"] == "attachment"


def test_a_pdf_is_shown_by_the_browsers_own_viewer() -> None:
    headers = shown(document("application/pdf")).headers
    assert "content-security-policy" not in headers
    assert headers["x-content-type-options"] == "nosniff"
