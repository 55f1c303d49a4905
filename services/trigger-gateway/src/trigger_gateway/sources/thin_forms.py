"""Large forms as they come: of files only the sizes are kept, so that letters with attachments take little memory."""

from collections.abc import Collection

from chassis.problems import Problem
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from trigger_gateway.sources.multipart import MOST_PARTS, MULTIPART, boundary_of, not_a_form

# The header of a part in which its size is kept where its content is not.
SIZE = b"X-Size"


class ThinForm:
    """Takes a form piece by piece, and writes it again without the content of its files.

    What is kept may have `most` bytes, else it raises a 413 problem; a value that `cut` names is cut off instead.
    """

    def __init__(self, content_type: str, most: int, cut: Collection[str] = ()) -> None:
        if content_type.partition(";")[0].strip().lower() != MULTIPART:
            raise not_a_form()
        self.most = most
        self.cut = {name.encode() for name in cut}
        self._boundary = boundary_of(content_type)
        self._kept = bytearray()
        self._count, self._ended = 0, False
        self._begin()
        self._parser = MultipartParser(
            self._boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._take_name,
                "on_header_value": self._take_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._take_content,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Take the next piece; raises a problem."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise Problem(400, "The form cannot be read", detail=str(error)) from None

    def end(self) -> bytes:
        """Give the form without its files; raises a 400 problem where it has no end."""
        if not self._ended:
            raise Problem(400, "The form cannot be read", detail="It has no end.")
        return bytes(self._kept + b"--" + self._boundary + b"--\r\n")

    def _begin(self) -> None:
        self._headers, self._name, self._value = bytearray(), b"", b""
        self._content = bytearray()
        self._size, self._is_file, self._is_cut = 0, False, False

    def _begin_part(self) -> None:
        self._count += 1
        if self._count > MOST_PARTS:
            raise Problem(400, "The form has too many parts", detail=f"It may have {MOST_PARTS}.")
        self._begin()

    def _take_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._name.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._is_file = b"filename" in options
            self._is_cut = options.get(b"name", b"") in self.cut
        if self._name.lower() != SIZE.lower():
            self._headers += self._name + b": " + self._value + b"\r\n"
        self._name, self._value = b"", b""

    def _end_headers(self) -> None:
        self._fits(len(self._headers))

    def _take_content(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._is_file:
            return
        if self._is_cut:
            end = min(end, start + max(0, self.most // 2 - len(self._content)))
        self._fits(len(self._headers) + len(self._content) + end - start)
        self._content += data[start:end]

    def _end_part(self) -> None:
        size = SIZE + b": " + str(self._size).encode() + b"\r\n" if self._is_file else b""
        self._kept += b"--" + self._boundary + b"\r\n" + self._headers + size + b"\r\n" + self._content + b"\r\n"

    def _end(self) -> None:
        self._ended = True

    def _fits(self, more: int) -> None:
        if len(self._kept) + more > self.most:
            raise Problem(413, "The body is too large", detail=f"Beside its files it may have {self.most} bytes.")
