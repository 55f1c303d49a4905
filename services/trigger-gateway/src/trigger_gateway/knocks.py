"""A request as it came: the raw bytes, over which senders sign, and the headers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from chassis.problems import Problem
from starlette.requests import Request

from trigger_gateway.patience import Patience

NOT_KEPT = frozenset({"authorization", "cookie", "x-telegram-bot-api-secret-token"})
MOST_HEADERS, MOST_BYTES_OF_HEADERS = 100, 65_536


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a body may be, in bytes, and how long it may take to come, in seconds."""

    size: int
    seconds: float = 15.0
    patience: Patience = field(default_factory=Patience, compare=False)


@dataclass(frozen=True, slots=True)
class Knock:
    """What came to the door; `at` is real time, because senders' clocks do not follow the rehearsal clock.

    `target` is path and query as they were asked for, which some senders sign too.
    """

    body: bytes
    headers: Mapping[str, str]
    at: datetime
    target: str = ""

    @property
    def wants_page(self) -> bool:
        """Say whether a browser asks, which shows a page to a person."""
        return "text/html" in self.headers.get("accept", "")

    @property
    def media_type(self) -> str:
        """Give the body's media type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def kept_headers(self) -> dict[str, str]:
        """Give the headers that are kept beside the raw body; credentials are not."""
        return {name: value for name, value in self.headers.items() if name not in NOT_KEPT}


class Thinner(Protocol):
    """Takes a body piece by piece, and holds less of it."""

    def feed(self, chunk: bytes) -> None:
        """Take the next piece; raises a problem."""

    def end(self) -> bytes:
        """Give what is held; raises a problem."""


# Makes a thinner for a Content-Type, and for so many bytes that it may hold.
Thin = Callable[[str, int], Thinner]


class Whole:
    """Holds a body as it comes."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def feed(self, chunk: bytes) -> None:
        """Take the next piece."""
        self._chunks.append(chunk)

    def end(self) -> bytes:
        """Give the whole."""
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)


async def knock(
    request: Request, bounds: Bounds, thinner: Thinner | None = None, headers: dict[str, str] | None = None
) -> Knock:
    """Read a request whole, or as `thinner` holds it.

    Raises a problem where it is too large, too slow or packed, before more than that is held.

    A packed body is refused, because senders sign what they packed or what they did not, and a small one may be a bomb.
    """
    headers = headers or read_headers(request)
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Problem(415, "The body is packed", detail="Send it without a Content-Encoding.")
    check_length(headers.get("content-length", "0"), bounds)
    try:
        body = await bounds.patience.of(read_body(request, bounds, thinner or Whole()), bounds.seconds)
    except TimeoutError:
        raise Problem(408, "The body comes too slowly", detail=f"It may take {bounds.seconds:g} seconds.") from None
    return Knock(body, headers, datetime.now(UTC), target_of(request))


def check_length(length: str, bounds: Bounds) -> None:
    """Check what a request says of its length; raises a problem."""
    if not (length.isascii() and length.isdecimal()):
        raise Problem(400, "The length of the body cannot be read", detail="Send Content-Length in digits.")
    if len(length) > len(str(bounds.size)) or int(length) > bounds.size:
        raise too_large(bounds)


def read_headers(request: Request) -> dict[str, str]:
    """Give the headers by their names in lower case, several of one name joined; raises a 431 problem for too many."""
    pairs = request.scope["headers"]
    if len(pairs) > MOST_HEADERS or sum(len(name) + len(value) for name, value in pairs) > MOST_BYTES_OF_HEADERS:
        raise Problem(431, "The headers are too large", detail=f"{MOST_HEADERS} may come, in {MOST_BYTES_OF_HEADERS}.")
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


async def read_body(request: Request, bounds: Bounds, thinner: Thinner) -> bytes:
    """Read the body; raises a 413 problem above the limit, 400 where the sender went away."""
    size, more = 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Problem(400, "The body ended too soon", detail="Send the whole request again.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > bounds.size:
            raise too_large(bounds)
        thinner.feed(chunk)
        more = message.get("more_body", False)
    return thinner.end()


def may_exceed(headers: Mapping[str, str], bounds: Bounds) -> bool:
    """Say whether a body is announced to be larger, or its length is not announced."""
    length = headers.get("content-length")
    if length is None:
        return "transfer-encoding" in headers
    return not 0 < len(length) < len(str(bounds.size)) and (length.isascii() and length.isdecimal())


def too_large(bounds: Bounds) -> Problem:
    """Give the answer to a body that is too large."""
    return Problem(413, "The body is too large", detail=f"A body may have {bounds.size} bytes.")


def address_of(request: Request) -> str:
    """Give the address of whoever asks, "" where the server does not know it."""
    return request.client.host if request.client else ""


def target_of(request: Request) -> str:
    """Give path and query of a request, byte for byte."""
    path, query = (str(request.scope[part], "latin-1") for part in ("raw_path", "query_string"))
    return path + (f"?{query}" if query else "")
