"""How apps answer calls: at once as the body of a 200, or later at the address that came with the call."""

import json
from typing import Literal

from pydantic import ConfigDict, Field, ValidationError

from contracts.app_values import WrongValue, read_values
from contracts.apps import AppAction
from contracts.data import JsonObject, Part

# Results travel with every row of their execution, so they stay small; in bytes.
LARGEST_RESULTS = 20_000


class AppAnswer(Part):
    """What became of a call: `done` with results, or `failed` with a reason that a user understands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Literal["done", "failed"]
    results: JsonObject = Field(default_factory=dict)
    reason: str = Field("", max_length=500)


def read_answer(described: AppAction, given: object) -> AppAnswer:
    """Read an answer, its results as the manifest says; raises `WrongValue` that names the place."""
    try:
        answer = AppAnswer.model_validate(given, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise WrongValue(".".join(map(str, first["loc"])) or "body", str(first["msg"])) from None
    if answer.outcome == "failed":
        return answer.model_copy(update={"results": {}, "reason": answer.reason or "the app says that it failed"})
    try:
        results = read_values(described.outputs, answer.results)
    except WrongValue as error:
        raise WrongValue(f"results.{error.key}", str(error)) from None
    if (size := len(json.dumps(results).encode())) > LARGEST_RESULTS:
        raise WrongValue("results", f"they are {size} bytes, and may be {LARGEST_RESULTS}")
    return answer.model_copy(update={"results": results})
