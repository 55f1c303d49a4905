"""Files as they are put and got: any bytes, none too, up to a size, and nothing in them that a browser runs."""

import hashlib
from typing import Any

import httpx
import pytest
from crm_api.http import files
from crm_api.testing.company import Company

SCRIPT = b"<script>alert(1)</script>"


async def put(client: Any, content: bytes, content_type: str = "") -> httpx.Response:
    headers = {"Content-Type": content_type} if content_type else {}
    answer: httpx.Response = await client.post("/v1/files", content=content, headers=headers)
    return answer


CONTENTS = [b"", b"\x00\xff\xfe", SCRIPT, bytes(range(256)) * 300]


async def test_any_bytes_come_back_as_they_are_under_their_hash_with_the_type_that_they_were_put_with(crm: Any) -> None:
    for content in CONTENTS:
        answer = await put(crm.ann, content, "text/html")
        hash_ = hashlib.sha256(content).hexdigest()
        kept = {"hash": hash_, "content_type": "text/html", "size": len(content)}
        assert (answer.status_code, answer.json()) == (201, kept)
        got = await crm.worker.get(f"/v1/files/{hash_}")
        assert (got.content, got.headers["etag"]) == (content, f'"{hash_}"')
        assert got.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert got.headers["x-content-type-options"] == "nosniff"
    # What is no content type is that of any bytes.
    any_bytes = "application/octet-stream"
    for n, (written, told) in enumerate(
        (
            ("", any_bytes),
            ("html", any_bytes),
            ("text/", any_bytes),
            ("text/html, text/plain", any_bytes),
            ('text/html; charset="utf-8', any_bytes),
            ("image/svg+xml", "image/svg+xml"),
            ("text/csv; charset=cp1252; header=present", "text/csv; charset=cp1252; header=present"),
        )
    ):
        hash_ = (await put(crm.ann, f"{n}".encode(), written)).json()["hash"]
        assert (await crm.ann.get(f"/v1/files/{hash_}")).headers["content-type"] == told, written


async def test_a_file_may_be_as_large_as_the_largest_and_not_a_byte_larger(
    crm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST_FILE", 10)
    assert (await put(crm.ann, b"x" * 10)).status_code == 201
    large = await put(crm.ann, b"x" * 11)
    assert (large.status_code, large.headers["content-type"]) == (413, "application/problem+json")
    assert "10 bytes" in large.json()["detail"]
    assert len(await crm.fetch("SELECT FROM file")) == 1


async def test_who_puts_and_gets_files_is_known_and_a_hash_is_written_in_one_way(company: Company) -> None:
    nils, nobody = await company.sign_in("nils"), company.showing("")
    hash_ = (await put(nils, SCRIPT)).json()["hash"]
    assert (await nils.get(f"/v1/files/{hash_}")).content == SCRIPT
    assert (await put(nobody, SCRIPT)).status_code == (await nobody.get(f"/v1/files/{hash_}")).status_code == 401
    for wrong in (hash_.upper(), hash_[:-1], f"{hash_}0", f"{hash_}%0a"):
        answer = await nils.get(f"/v1/files/{wrong}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "hash_"), wrong
