"""Large forms that are read as they come: what is kept of them says the same as the whole, in little memory."""

import tracemalloc
from datetime import UTC, datetime

import pytest
from chassis.problems import Problem
from hypothesis import given, settings
from hypothesis import strategies as st
from trigger_gateway.knocks import Knock
from trigger_gateway.sources.multipart import read_parts
from trigger_gateway.sources.thin_forms import ThinForm

TYPE = "multipart/form-data; boundary=b"
NAMES = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=8)
CONTENTS = st.binary(max_size=200).filter(lambda one: b"--b" not in one and b"\r" not in one)
PARTS = st.lists(st.tuples(NAMES, CONTENTS, st.booleans()), max_size=6)


def written(parts: list[tuple[str, bytes, bool]]) -> bytes:
    body = b""
    for name, content, is_file in parts:
        file = f'; filename="{name}.pdf"' if is_file else ""
        body += f'--b\r\nContent-Disposition: form-data; name="{name}"{file}\r\n'.encode()
        body += b"Content-Type: application/pdf\r\n\r\n" if is_file else b"\r\n"
        body += content + b"\r\n"
    return body + b"--b--\r\n"


def read(body: bytes) -> tuple[dict[str, bytes], tuple[tuple[str, int, str], ...]]:
    parts = read_parts(Knock(body, {"content-type": TYPE}, datetime.now(UTC)))
    return dict(parts.values), parts.files


def thinned(body: bytes, piece: int = 7, most: int = 100_000, cut: tuple[str, ...] = ()) -> bytes:
    form = ThinForm(TYPE, most, cut)
    for start in range(0, len(body), piece):
        form.feed(body[start : start + piece])
    return form.end()


@settings(max_examples=60, deadline=None)
@given(PARTS, st.integers(1, 50))
def test_what_is_kept_says_the_same_as_the_whole(parts: list[tuple[str, bytes, bool]], piece: int) -> None:
    body = written(parts)
    once = thinned(body, piece)
    assert read(once) == read(body)
    # What was kept can be read again, as a replay does, and kept again.
    assert read(thinned(once, piece))[0] == read(body)[0]
    assert sum(len(content) for _, content, is_file in parts if is_file) == sum(size for _, size, _ in read(once)[1])


def test_files_of_any_size_take_little_memory() -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="attachment-1"; filename="a.pdf"\r\n\r\n'
    form = ThinForm(TYPE, 1_000_000)
    piece = bytes(65_536)
    tracemalloc.start()
    form.feed(head)
    for _ in range(40 * 16):
        form.feed(piece)
    form.feed(b"\r\n--b--\r\n")
    kept = form.end()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read(kept)[1] == (("a.pdf", 40 * 2**20, ""),)
    assert most < 2**20


def test_what_is_no_file_has_a_limit_and_a_raw_letter_is_cut_off() -> None:
    for parts in ([("text", b"x" * 2000, False)], [("text", b"x" * 300, False)] * 4):
        with pytest.raises(Problem) as refused:
            thinned(written(parts), most=1000)
        assert refused.value.status == 413
    raw = written([("body-mime", b"From: a@b.c\n" + b"x" * 90_000, False), ("token", b"t", False)])
    values, _ = read(thinned(raw, 4096, most=1000, cut=("body-mime",)))
    assert (values["body-mime"], values["token"]) == (b"From: a@b.c\n" + b"x" * 488, b"t")


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"", 415),
        ("multipart/form-data", b"", 400),
        (TYPE, b"--b\r\nnonsense", 400),
        (TYPE, b"--b\r\n" + b"X" * 100_000 + b": y\r\n\r\n", 400),
        (TYPE, b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' * 600 + b"--b--\r\n", 400),
    ],
)
def test_what_is_no_form_is_refused(content_type: str, body: bytes, status: int) -> None:
    with pytest.raises(Problem) as refused:
        end_of(ThinForm(content_type, 100_000), body)
    assert refused.value.status == status


def end_of(form: ThinForm, body: bytes) -> bytes:
    form.feed(body)
    return form.end()


def test_a_size_that_a_sender_claims_is_not_believed() -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\nX-Size: 9\r\n\r\nabc\r\n--b--\r\n'
    assert read(body)[1] == (("f", 3, ""),)
    assert read(thinned(body))[1] == (("f", 3, ""),)
