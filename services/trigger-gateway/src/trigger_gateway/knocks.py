"""A request as it came: the raw bytes, over which senders sign, and the headers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.problems import Problem
from starlette.requests import ClientDisconnect, Request

NOT_KEPT = frozenset({"authorization", "cookie"})


@dataclass(frozen=True, slots=True)
class Knock:
    """What came to the door; `at` is real time, because senders' clocks do not follow the rehearsal clock."""

    body: bytes
    headers: Mapping[str, str]
    at: datetime

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


async def knock(request: Request, limit: int) -> Knock:
    """Read a request whole; raises a 413 problem above the limit, before more than that is held."""
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise Problem(413, "The body is too large", detail=f"A body may have {limit} bytes.")
            chunks.append(chunk)
    except ClientDisconnect:
        raise Problem(400, "The body ended too soon") from None
    return Knock(b"".join(chunks), request.headers, datetime.now(UTC))
