"""What every message's data has in common: frozen, tolerant of fields that it does not know."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

JsonObject = dict[str, Any]


class Part(BaseModel):
    """A value inside a message."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, serialize_by_alias=True)


class Data(Part):
    """The data of one message; `TYPE` is its CloudEvents type."""

    TYPE: ClassVar[str]
