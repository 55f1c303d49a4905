"""What a letter carries reads back, and what others write does not."""

from uuid import UUID

import pytest
from contracts.letters import Mark, read_mark, read_message_id, write_message_id

EFFECT, ITEM, TAG = UUID(int=2**127 + 5), UUID(int=2**120 + 7), b"12345678"


@pytest.mark.parametrize("change", [str, str.upper, lambda w: w.strip("<>"), lambda w: f" {w} "])
def test_a_message_id_reads_back_as_mail_systems_write_it(change: object) -> None:
    assert callable(change)
    written = write_message_id(EFFECT, ITEM, TAG, "shop.example")
    assert read_message_id(change(written)) == (EFFECT, ITEM, TAG)


@pytest.mark.parametrize(
    "written", ["", "<x@y>", f"<{EFFECT}@shop.example>", f"<{EFFECT}.{'a' * 38}@x>", f"<{EFFECT}.{'1' * 39}@x>"]
)
def test_a_message_id_of_others_is_none_of_ours(written: str) -> None:
    assert read_message_id(written) is None


def test_a_mark_reads_back() -> None:
    mark = Mark("link", EFFECT, ITEM, "offer", "https://shop.example/?é=1", 3, ITEM, "ana@example.com")
    assert read_mark(mark.write()) == mark


@pytest.mark.parametrize("written", [b"", b"[]", b'["open"]', b"\xff", b'["link","x","y"]', b"{}"])
def test_what_is_no_mark_is_none(written: bytes) -> None:
    assert read_mark(written) is None
