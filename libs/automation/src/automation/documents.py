"""Reading what people write: a mistake becomes one error that names the place and, where known, the remedy."""

from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from typing_extensions import override

M = TypeVar("M", bound=BaseModel)


class DocumentError(ValueError):
    """A document of a rule or trigger means nothing: `path` names the place, `fix` what to write instead."""

    def __init__(self, path: str, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.fix = fix

    @override
    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class Document(BaseModel):
    """A part of a document that people write; a key that it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)


def read_as(model: type[M], doc: Any, path: str) -> M:
    """Read a document as this model; raises `DocumentError` for the first mistake."""
    try:
        return model.model_validate(doc)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise DocumentError(join(path, *first["loc"]), _words(first, model)) from None


def join(*parts: object) -> str:
    """Write the path of a place inside a document."""
    return ".".join(str(part) for part in parts if part != "")


def one_of(known: Iterable[str]) -> str:
    """Say which names would do."""
    return "use one of: " + ", ".join(sorted(known))


def _words(error: Any, model: type[BaseModel]) -> str:
    if error["type"] == "extra_forbidden":
        return f"unknown key; known are {', '.join(sorted(model.model_fields))}"
    return str(error["msg"]).removeprefix("Value error, ")
