"""The examples of an OpenAPI document as requests that can be sent, and whether answers are as it says."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import jsonschema_rs
from contracts.data import JsonObject
from ruamel.yaml import YAML


class ExampleMissing(Exception):
    """An operation cannot be tried as its description stands; says what it lacks."""


@dataclass(frozen=True)
class Example:
    """One request, named by its operation and its own name; `media` is empty where there is no body."""

    operation: str
    name: str
    method: str
    address: str
    media: str = ""
    body: str = ""


@dataclass(frozen=True)
class Contract:
    """An OpenAPI document."""

    document: JsonObject
    operations: dict[str, tuple[str, str, JsonObject]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find the operations by their ids: method, path, and what is said of them."""
        for path, methods in self.document["paths"].items():
            for method, said in methods.items():
                self.operations[said["operationId"]] = (method.upper(), path, said)

    def examples(self, operation: str) -> Iterator[Example]:
        """Give the requests of an operation; raises `ExampleMissing`.

        Examples of one name belong together; a parameter without an example of that name takes its first.
        """
        method, path, said = self.operations[operation]
        media, content = next(iter(said.get("requestBody", {}).get("content", {}).items()), ("", {}))
        bodies = self._of(content, "the body") if media else {"": None}
        for name, body in bodies.items():
            address = self._address(path, said.get("parameters", []), name)
            text = body if isinstance(body, str) else json.dumps(body)
            yield Example(operation, name, method, address, media, text if media else "")

    def _address(self, path: str, parameters: list[JsonObject], name: str) -> str:
        query = {}
        for one in parameters:
            if not (one["required"] or self._shown(one)):
                continue
            shown = self._of(one, one["name"])
            value = shown.get(name, next(iter(shown.values())))
            if one["in"] == "query":
                query[one["name"]] = value
            path = path.replace(f"{{{one['name']}}}", quote(str(value), safe=""))
        return f"{path}?{urlencode(query)}" if query else path

    def _of(self, place: JsonObject, what: str) -> dict[str, Any]:
        """Give the examples of a parameter or body by name, each of which its own schema must allow."""
        shown = self._shown(place)
        if not shown:
            raise ExampleMissing(f"{what} has no example")
        for name, value in shown.items():
            if not isinstance(value, str) and (wrong := self.wrong(place["schema"], value)):
                raise ExampleMissing(f"example {name!r} of {what} is outside its schema: {wrong}")
        return shown

    def _shown(self, place: JsonObject) -> dict[str, Any]:
        if "examples" in place:
            return {name: one["value"] for name, one in place["examples"].items()}
        schema = place["schema"]
        if "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return {str(n): value for n, value in enumerate(schema.get("examples", ()))}

    def wrong(self, schema: JsonObject, value: Any) -> str:
        """Say where a value is outside a schema; empty where it fits."""
        whole = {**schema, "components": self.document["components"]}
        errors = jsonschema_rs.validator_for(whole, validate_formats=True).iter_errors(value)
        return "; ".join(f"{'.'.join(map(str, error.instance_path))}: {error.message[:200]}" for error in errors)

    def broken(self, operation: str, answer: httpx.Response) -> str:
        """Say how an answer is none that the description promises; empty where it is."""
        said = self.operations[operation][2]["responses"].get(str(answer.status_code))
        if said is None or not answer.is_success:
            return f"{answer.status_code} {answer.text[:500]}"
        contents = {media.partition(";")[0]: content for media, content in said.get("content", {}).items()}
        media = answer.headers.get("Content-Type", "").partition(";")[0]
        if not contents:
            return f"an answer of {len(answer.content)} bytes is not described" if answer.content else ""
        content = contents.get(media, contents.get("*/*"))
        if content is None:
            return f"{media} is not described"
        return self.wrong(content["schema"], read(media, answer)) if "schema" in content else ""


def read(media: str, answer: httpx.Response) -> Any:
    """Read an answer as a schema sees it: the data of JSON and YAML, the text of all else."""
    match media:
        case "application/json":
            return answer.json()
        case "application/yaml":
            return YAML(typ="safe", pure=True).load(answer.text)
        case _:
            return answer.text
