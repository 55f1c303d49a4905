"""Asking a provider over HTTP, and what silence or a refusal means."""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from chassis.errors import Rejected, Retryable

from action_workers.answers import Busy, Down, Uncertain

TIMEOUT = httpx.Timeout(12.0, connect=5.0)
# Connections that idle longer may be closed by the far end just as we write to them.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=50, keepalive_expiry=3.0)
NOT_TOUCHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
NOT_ASKABLE = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)
TRANSIENT = frozenset({408, 425, 429})
TOO_MANY, SERVER_ERROR = 429, 500
# What asks for more is asked again by then all the same.
LONGEST_PAUSE = timedelta(days=1)


def direct() -> httpx.AsyncBaseTransport:
    """Give the way outside that is httpx's own."""
    return httpx.AsyncHTTPTransport(limits=LIMITS, trust_env=False)


# By which way the accounts go outside that are opened now.
ROAD: ContextVar[Callable[[], httpx.AsyncBaseTransport]] = ContextVar("road", default=direct)


def client(base_url: str, **options: Any) -> httpx.AsyncClient:
    """Make the client of one account; the process's proxies and netrc do not concern it."""
    return httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT, transport=ROAD.get()(), trust_env=False, **options)


async def ask(http: httpx.AsyncClient, who: str, method: str, path: str, **content: Any) -> httpx.Response:
    """Send a request and give any answer.

    Raises `Retryable` where nothing was sent, `Uncertain` where it was and no answer came, `Rejected` for an address
    that cannot be asked.
    """
    try:
        return await http.request(method, path, **content)
    except NOT_TOUCHED as error:
        raise Down(f"{who} cannot be reached: {said(error)}") from error
    except NOT_ASKABLE as error:
        raise Rejected(f"{who} cannot be asked at {http.base_url}: {said(error)}") from error
    except httpx.RequestError as error:  # silence, and an answer that cannot be unpacked
        raise Uncertain(f"{who} did not answer, and may have accepted it: {said(error)}") from error


async def look(http: httpx.AsyncClient, who: str, method: str, path: str, **content: Any) -> httpx.Response:
    """Ask for what is only read: who did not answer can be asked again. Raises `Retryable`, or `Rejected` as `ask`."""
    try:
        return await ask(http, who, method, path, **content)
    except Uncertain as error:
        raise Down(f"{who} did not answer: {said(error.__cause__ or error)}") from error


def seen(response: httpx.Response, who: str) -> dict[str, Any]:
    """Read the JSON object of what was looked at; raises `Rejected` where it is none."""
    try:
        return body(response, who)
    except Uncertain:
        words = f"what answers at {response.request.url.host} is not {who}: it answered {response.status_code} with"
        raise Rejected(f"{words} something that cannot be read; check the address of the connection") from None


def objects(told: Any, name: str) -> list[dict[str, Any]]:
    """Give the objects of a list in an answer, none where it is something else."""
    found = told.get(name) if isinstance(told, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def is_transient(status: int) -> bool:
    """Say whether an answer with this status may be another one later."""
    return status in TRANSIENT or status >= SERVER_ERROR


def later(words: str, status: int, after: timedelta | None) -> Retryable:
    """Say why it is tried later: who asks us to wait is asked nothing meanwhile, who is in trouble may be down."""
    if status == TOO_MANY or after is not None:
        return Busy(words, after=after)
    return Down(words) if status >= SERVER_ERROR else Retryable(words)


def retry_after(response: httpx.Response, otherwise: timedelta | None = None) -> timedelta | None:
    """Give how long the provider asks us to wait: in seconds, or until a date counted from the answer's own.

    `otherwise` is what it says in a way of its own.
    """
    written = response.headers.get("retry-after", "").strip()
    if written.isascii() and written.isdigit():
        return pause(written)
    try:
        wait = parsedate_to_datetime(written) - parsedate_to_datetime(response.headers["date"])
    except (ValueError, KeyError, TypeError, OverflowError):
        return otherwise
    return min(max(wait, timedelta()), LONGEST_PAUSE)


def pause(seconds: Any) -> timedelta | None:
    """Read how many seconds we are asked to wait, a day at most; None for what is no number of them."""
    try:
        return timedelta(seconds=min(max(float(seconds), 0.0), LONGEST_PAUSE.total_seconds()))
    except (ValueError, TypeError, OverflowError):
        return None


def body(response: httpx.Response, who: str) -> dict[str, Any]:
    """Read the JSON object of an answer that accepts; raises `Uncertain` where it is none."""
    try:
        read = response.json()
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise Uncertain(f"{who} answered {response.status_code} with something that cannot be read")
    return read


def error_body(response: httpx.Response) -> dict[str, Any]:
    """Read the JSON object of a refusal, empty where it is none."""
    try:
        read = response.json()
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def number(written: Any) -> int:
    """Give a provider's own number for what is wrong, 0 where it has none."""
    return written if isinstance(written, int) else 0


def said(error: BaseException) -> str:
    """Give an error's words, or its kind where it has none."""
    return str(error) or type(error).__name__
