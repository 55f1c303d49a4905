"""The settings of webhooks, read and checked: the same where they are saved and where they are tried."""

from collections.abc import Iterator
from typing import Any

import jmespath
from contracts.config import Source
from contracts.webhooks import LONGEST_PATH, FieldMapping, Header, Place, WebhookSettings
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from pydantic import ValidationError

from automation.documents import DocumentError, one_of
from automation.signal_kinds import SIGNAL_KINDS

KIND = "webhook"
FUNCTIONS = frozenset(Functions.FUNCTION_TABLE)


def read_settings(source: Source) -> WebhookSettings:
    """Read the settings of a webhook; raises `DocumentError` that names the first wrong field."""
    try:
        settings = WebhookSettings.model_validate(source.settings, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(step) for step in ("settings", *first["loc"]) if step not in ("str", "Header"))
        raise DocumentError(path, str(first["msg"]), "see `settings` of webhooks in the description") from None
    _check_door(source, settings)
    for path, place in places(settings):
        _check_path(f"settings.{path}", place)
    _check_kinds(source, settings)
    return settings


def places(settings: WebhookSettings) -> Iterator[tuple[str, Place]]:
    """Give all places that settings name, each with its own path in them."""
    if settings.delivery is not None:
        yield "delivery", settings.delivery
    yield from ((f"mapping.{path}", place) for path, place in mapped_places(settings.mapping))


def mapped_places(mapping: FieldMapping) -> Iterator[tuple[str, Place]]:
    """Give the places from which a signal is made."""
    yield from ((f"payload.{name}", place) for name, place in (mapping.payload or {}).items())
    yield from ((f"identities.{name}", place) for name, place in mapping.identities.items())
    if mapping.item is not None:
        yield "item", mapping.item
    if mapping.happened_at is not None:
        yield "happened_at", mapping.happened_at
    if mapping.kind is not None:
        yield "kind.from", mapping.kind.found


def _check_door(source: Source, settings: WebhookSettings) -> None:
    if settings.check == "hmac" and settings.hmac is None:
        fix = "send {header: X-Signature, algorithm: sha256, encoding: hex, prefix: ''}"
        raise DocumentError("settings.hmac", "it says hmac, but not how it is written", fix)
    if settings.check != "token" and not source.secrets:
        raise DocumentError("secrets", f"{settings.check} needs a secret", "send one, as the sender has it")


def _check_path(path: str, place: Place) -> None:
    if isinstance(place, Header):
        return
    if not place or len(place) > LONGEST_PATH:
        raise DocumentError(path, "this is no path", f"write a JMESPath of at most {LONGEST_PATH} characters")
    try:
        read = jmespath.compile(place)
    except JMESPathError as error:
        words = str(error).partition("\n")[0]
        raise DocumentError(path, f"this is no JMESPath: {words}", "write it like order.lines[0].name") from None
    for name in _functions(read.parsed):
        if name not in FUNCTIONS:
            raise DocumentError(path, f"there is no function {name!r}", one_of(FUNCTIONS))


def _functions(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "function_expression":
            yield node["value"]
        for child in node.get("children", ()):
            yield from _functions(child)


def _check_kinds(source: Source, settings: WebhookSettings) -> None:
    kinds = {"signals": source.signals} if source.signals else {}
    if settings.mapping.kind is not None:
        kinds |= {f"settings.mapping.kind.means.{word}": kind for word, kind in settings.mapping.kind.means.items()}
    for path, kind in kinds.items():
        if kind not in SIGNAL_KINDS:
            raise DocumentError(path, f"there is no kind of signal {kind!r}", one_of(SIGNAL_KINDS))
