"""Forms with files, read from the bytes of a request: values are kept, of files only what they are and their size."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from chassis.problems import Problem
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from trigger_gateway.knocks import Knock
from trigger_gateway.sources import form

MULTIPART = "multipart/form-data"
MOST_PARTS = 500
LONGEST_BOUNDARY = 200
LONGEST_SIZE = 10


@dataclass(frozen=True, slots=True)
class Parts:
    """A form's values by their names, and its files as (name, size, type)."""

    values: Mapping[str, bytes]
    files: tuple[tuple[str, int, str], ...] = ()

    def value(self, name: str) -> str:
        """Give a value as text, "" where there is none."""
        return self.content(name).decode("utf-8", "replace").replace("\x00", "")

    def content(self, name: str) -> bytes:
        """Give a value as it came."""
        return self.values.get(name, b"")


@dataclass(slots=True)
class _Part:
    """A part that is being read; how many headers it has, and how long, the parser bounds."""

    headers: dict[str, bytes] = field(default_factory=dict)
    name: bytes = b""
    header: bytes = b""
    content: bytearray = field(default_factory=bytearray)

    def end_header(self) -> None:
        """Keep the header that is read."""
        self.headers[self.name.decode("latin-1").lower()] = self.header
        self.name, self.header = b"", b""


class _Reader:
    """Takes what the parser finds; its method names follow the parser's callbacks."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []

    def begin(self) -> None:
        """Begin a part; raises a 400 problem for too many."""
        if len(self.parts) >= MOST_PARTS:
            raise too_many()
        self.parts.append(_Part())

    def name(self, data: bytes, start: int, end: int) -> None:
        """Take a piece of a header's name."""
        self.parts[-1].name += data[start:end]

    def header(self, data: bytes, start: int, end: int) -> None:
        """Take a piece of a header's value."""
        self.parts[-1].header += data[start:end]

    def end_header(self) -> None:
        """End a header."""
        self.parts[-1].end_header()

    def content(self, data: bytes, start: int, end: int) -> None:
        """Take a piece of the content."""
        self.parts[-1].content += data[start:end]


def read_parts(knock: Knock) -> Parts:
    """Read a form in either way of writing; raises a problem."""
    if knock.media_type == form.URLENCODED:
        return Parts(urlencoded(knock.body))
    if knock.media_type != MULTIPART:
        raise not_a_form()
    return sorted_out(parsed(knock.body, boundary_of(knock.headers.get("content-type", ""))))


def urlencoded(body: bytes) -> dict[str, bytes]:
    """Take a form in one line apart, its values as the bytes that were packed; raises a 400 problem.

    Of several values of one name the first counts, as where each is a part.
    """
    try:
        pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_PARTS)
    except ValueError:
        raise too_many() from None
    values: dict[str, bytes] = {}
    for name, value in pairs:
        values.setdefault(name.encode("latin-1").decode("utf-8", "replace"), value.encode("latin-1"))
    return values


def too_many() -> Problem:
    """Give the answer to a form with more values than any letter has."""
    return Problem(400, "The form has too many parts", detail=f"It may have {MOST_PARTS}.")


def boundary_of(content_type: str) -> bytes:
    """Give what stands between the parts of a form; raises a 400 problem."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= LONGEST_BOUNDARY:
        fix = f"Send a boundary in Content-Type, of at most {LONGEST_BOUNDARY} characters."
        raise Problem(400, "The form does not say where its parts end", detail=fix)
    return boundary


def not_a_form() -> Problem:
    """Give the answer to a body that is no form in either way of writing."""
    return Problem(415, "The body is not a form", detail=f"Send it as {form.URLENCODED} or {MULTIPART}.")


def parsed(body: bytes, boundary: bytes) -> list[_Part]:
    """Take a form apart; raises a 400 problem."""
    reader = _Reader()
    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": reader.begin,
            "on_header_field": reader.name,
            "on_header_value": reader.header,
            "on_header_end": reader.end_header,
            "on_part_data": reader.content,
        },
    )
    try:
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise Problem(400, "The form cannot be read", detail=str(error)) from None
    return reader.parts


def size_of(part: _Part) -> int:
    """Give how large a file is, or was where its content is not kept."""
    told = part.headers.get("x-size", b"").decode("latin-1")
    known = not part.content and told.isascii() and told.isdecimal() and len(told) <= LONGEST_SIZE
    return int(told) if known else len(part.content)


def sorted_out(parts: list[_Part]) -> Parts:
    """Tell values from files; of several values of one name the first counts."""
    values: dict[str, bytes] = {}
    files = []
    for part in parts:
        _, options = parse_options_header(part.headers.get("content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options:
            kind = part.headers.get("content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
            files.append((options[b"filename"].decode("utf-8", "replace"), size_of(part), kind))
        else:
            values.setdefault(name, bytes(part.content))
    return Parts(values, tuple(files))
