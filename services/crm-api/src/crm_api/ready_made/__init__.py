"""What a new installation starts with: element types, and for those with stages a pipeline, one file each."""

from collections.abc import Iterator
from importlib import resources
from typing import Any

from contracts.elements import ElementType
from ruamel.yaml import YAML

from crm_api.rules.pipelines import WrittenPipeline

FOLDER = resources.files(__package__)


def types() -> tuple[ElementType, ...]:
    """Give the types, by key."""
    return tuple(ElementType.model_validate({**written, "built_in": True}) for written in _written("types"))


def pipelines() -> tuple[WrittenPipeline, ...]:
    """Give the pipelines with their rules, by the key of their type."""
    return tuple(WrittenPipeline.model_validate(written) for written in _written("pipelines"))


def _written(folder: str) -> Iterator[Any]:
    files = [file for file in FOLDER.joinpath(folder).iterdir() if file.name.endswith(".yaml")]
    for file in sorted(files, key=lambda one: one.name):
        yield YAML(typ="safe").load(file.read_text(encoding="utf-8"))
