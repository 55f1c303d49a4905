"""The texts of the catalogue in the languages that it speaks, one file each."""

from functools import lru_cache
from importlib import resources
from typing import Any

from automation.languages import DEFAULT

from crm_api.rules.yaml_documents import read_yaml

FOLDER = resources.files(__package__).joinpath("texts")
LANGUAGES = ("en", "pt", "it", "ru")


@lru_cache(maxsize=len(LANGUAGES))
def texts(language: str) -> dict[str, dict[str, Any]]:
    """Give the texts of a language by section and key; of one that it does not speak, those in English."""
    known = language if language in LANGUAGES else DEFAULT
    return read_yaml(FOLDER.joinpath(f"{known}.yaml").read_bytes())
