"""Secrets of connections and sources: in clear on their way in, sealed at rest, never shown again."""

from collections.abc import Mapping
from typing import Any

from chassis.secrets import Sealer, SecretUnreadable
from contracts.config import ConfigChanged
from contracts.data import JsonObject

from crm_api.fields import FieldError

SECRET_KINDS = ("connection", "source", "app")
SET = {"set": True}


def place(kind: str, id_: str, name: str) -> str:
    """Give the place for which a secret is sealed."""
    return f"{kind}/{id_}/{name}"


def sealed(given: Mapping[str, Any], held: ConfigChanged, sealer: Sealer | None) -> dict[str, str]:
    """Seal new secrets of a record; `{"set": true}` keeps the one that is held. Raises `FieldError`."""
    kept = held.data.get("secrets", {})
    return {name: _sealed(name, value, kept.get(name), held, sealer) for name, value in given.items()}


def _sealed(name: str, value: Any, kept: str | None, held: ConfigChanged, sealer: Sealer | None) -> str:
    if value == SET and kept is not None:
        return kept
    if not isinstance(value, str) or not value:
        raise FieldError(f"secrets.{name}", "this is no secret", 'send a text, or {"set": true} to keep what is set')
    if sealer is None:
        raise FieldError(f"secrets.{name}", "this deployment cannot seal secrets", "set SECRET_KEY for all services")
    where = place(held.kind, held.id, name)
    if kept is not None and _opens_to(sealer, kept, where, value):
        return kept
    return sealer.seal(value, where)


def _opens_to(sealer: Sealer, kept: str, where: str, value: str) -> bool:
    try:
        return sealer.open(kept, where) == value
    except SecretUnreadable:
        return False


def shown(kind: str, data: JsonObject) -> JsonObject:
    """Give a record without its secrets: of each only that it is set."""
    if kind not in SECRET_KINDS:
        return data
    return {**data, "secrets": dict.fromkeys(data.get("secrets", {}), SET)}
