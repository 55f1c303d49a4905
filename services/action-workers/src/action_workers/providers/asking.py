"""Asking a provider over HTTP, and what silence or a refusal means."""

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from chassis.errors import Rejected, Retryable

from action_workers.answers import Uncertain

TIMEOUT = httpx.Timeout(12.0, connect=5.0)
# Connections that idle longer may be closed by the far end just as we write to them.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=50, keepalive_expiry=3.0)
NOT_TOUCHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
NOT_ASKABLE = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)
TRANSIENT = frozenset({408, 425, 429})
SERVER_ERROR = 500


def client(base_url: str, **options: Any) -> httpx.AsyncClient:
    """Make the client of one account; the process's proxies and netrc do not concern it."""
    return httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT, limits=LIMITS, trust_env=False, **options)


async def ask(http: httpx.AsyncClient, who: str, method: str, path: str, **content: Any) -> httpx.Response:
    """Send a request and give any answer.

    Raises `Retryable` where nothing was sent, `Uncertain` where it was and no answer came, `Rejected` for an address
    that cannot be asked.
    """
    try:
        return await http.request(method, path, **content)
    except NOT_TOUCHED as error:
        raise Retryable(f"{who} cannot be reached: {said(error)}") from error
    except NOT_ASKABLE as error:
        raise Rejected(f"{who} cannot be asked at {http.base_url}: {said(error)}") from error
    except httpx.TransportError as error:
        raise Uncertain(f"{who} did not answer, and may have accepted it: {said(error)}") from error


def is_transient(status: int) -> bool:
    """Say whether an answer with this status may be another one later."""
    return status in TRANSIENT or status >= SERVER_ERROR


def retry_after(response: httpx.Response) -> timedelta | None:
    """Give how long the provider asks us to wait: in seconds, or until a date counted from the answer's own."""
    written = response.headers.get("retry-after", "").strip()
    if written.isdigit():
        return timedelta(seconds=int(written))
    try:
        wait = parsedate_to_datetime(written) - parsedate_to_datetime(response.headers["date"])
    except (ValueError, KeyError, TypeError):
        return None
    return max(wait, timedelta())


def body(response: httpx.Response, who: str) -> dict[str, Any]:
    """Read the JSON object of an answer that accepts; raises `Uncertain` where it is none."""
    try:
        read = response.json()
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise Uncertain(f"{who} answered {response.status_code} with something that cannot be read")
    return read


def error_body(response: httpx.Response) -> dict[str, Any]:
    """Read the JSON object of a refusal, empty where it is none."""
    try:
        read = response.json()
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def number(written: Any) -> int:
    """Give a provider's own number for what is wrong, 0 where it has none."""
    return written if isinstance(written, int) else 0


def said(error: Exception) -> str:
    """Give an error's words, or its kind where it has none."""
    return str(error) or type(error).__name__
