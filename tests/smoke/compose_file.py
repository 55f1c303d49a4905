"""The compose file as data: what it says where nobody sets anything in the environment."""

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::?-(?P<default>[^}]*))?\}")
SERVERS = ("postgres", "kafka")
OURS = "SIGNALBOX_IMAGE"


def services() -> dict[str, dict[str, Any]]:
    """Give the services by name, with what anchors merge into them."""
    document = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text("utf-8"))
    return {str(name): dict(service) for name, service in document["services"].items()}


def processes() -> dict[str, dict[str, Any]]:
    """Give those that run our image."""
    return {name: service for name, service in services().items() if OURS in service["image"]}


def is_one_shot(service: dict[str, Any]) -> bool:
    """Say whether a service ends by itself when its work is done."""
    return bool(service["restart"] == "no")


def defaults(text: str) -> dict[str, str | None]:
    """Give the variables that a text names, each with its default."""
    return {found["name"]: found["default"] for found in VARIABLE.finditer(text)}


def by_default(text: str) -> str:
    """Give a text with the default of each variable in its place."""
    return VARIABLE.sub(lambda found: found["default"] or "", text)
