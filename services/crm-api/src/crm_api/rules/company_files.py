"""All automation of a company as one file: types, calendars, constants, apps, then pipelines with their rules."""

from collections.abc import Sequence

from automation.knowledge import Knowledge
from chassis.secrets import Sealer
from contracts.apps import App
from contracts.data import JsonObject, Part
from contracts.elements import ElementType
from pydantic import BaseModel, ConfigDict, ValidationError

from crm_api import apps
from crm_api.config import retyping
from crm_api.config.configuring import ConfigChanges
from crm_api.config.records import read_record
from crm_api.fields import FieldError
from crm_api.rules.pipelines import WrittenPipeline
from crm_api.rules.publishing import Published, Terms, publish

# In the order in which they need one another; pipelines come last.
RECORDS = ("type", "calendar", "constant", apps.KIND)
PIPELINE = "pipeline"
LARGEST = 4_000_000
# Who takes a whole company over does not become the owner of the rules that stay as they are.
AS_THEY_ARE = Terms(takes_over=False)


class FilePart(BaseModel):
    """One document of the file: a record of the config, or a pipeline."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    id: str
    data: JsonObject


def written(knowledge: Knowledge) -> list[JsonObject]:
    """Give the documents of the file; what is as it would be anyway is left out."""
    held: dict[str, dict[str, Part]] = {
        "type": dict(knowledge.types),
        "calendar": dict(knowledge.calendars),
        "constant": dict(knowledge.constants),
        apps.KIND: dict(knowledge.apps),
    }
    records = [_part(kind, id_, held[kind][id_]) for kind in RECORDS for id_ in sorted(held[kind])]
    documents = ((id_, Published.of(knowledge, id_).named.document) for id_ in sorted(knowledge.pipelines))
    return [*records, *(_part(PIPELINE, id_, document) for id_, document in documents)]


def _part(kind: str, id_: str, record: BaseModel) -> JsonObject:
    secrets = {"secrets"} if isinstance(record, App) else None
    return {"kind": kind, "id": id_, "data": record.model_dump(mode="json", exclude=secrets, exclude_defaults=True)}


def read(documents: Sequence[JsonObject]) -> list[FilePart]:
    """Read the parts of a file, in the order in which they need one another; raises `FieldError`."""
    parts = [_read(number, document) for number, document in enumerate(documents)]
    named = [(part.kind, part.id) for part in parts]
    for number, name in enumerate(named):
        if name in named[:number]:
            raise FieldError(f"{number}.id", f"{' '.join(name)} is there twice", "leave one of them out")
    return sorted(parts, key=lambda part: (*RECORDS, PIPELINE).index(part.kind))


def _read(number: int, document: JsonObject) -> FilePart:
    try:
        part = FilePart.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(map(str, (number, *first["loc"])))
        raise FieldError(path, str(first["msg"]), "each document has kind, id and data") from None
    if part.kind not in (*RECORDS, PIPELINE):
        raise FieldError(
            f"{number}.kind", f"{part.kind!r} is not in such files", f"use {', '.join(RECORDS)}, {PIPELINE}"
        )
    return part


async def take(
    changes: ConfigChanges, knowledge: Knowledge, parts: Sequence[FilePart], sealer: Sealer | None
) -> dict[str, str]:
    """Put all parts of a file where the lock of config changes is held; what is not in the file stays as it is.

    Gives the secrets of the apps that are installed by it, which nobody is shown again.
    """
    made: dict[str, str] = {}
    for part in parts:
        if part.kind == PIPELINE:
            await publish(changes, knowledge.with_(changes.changed), part.id, _document(part), AS_THEY_ARE)
        elif part.kind == apps.KIND:
            made |= await _install(changes, knowledge, part, sealer)
        else:
            await _put(changes, knowledge, part)
    apps.check_changes(knowledge, changes.changed)
    return made


async def _put(changes: ConfigChanges, knowledge: Knowledge, part: FilePart) -> None:
    record = read_record(part.kind, part.id, dict(part.data), knowledge)
    if isinstance(record, ElementType):
        record = await retyping.retype(changes.tx, knowledge.types.get(part.id), record)
    await changes.put(part.kind, part.id, record)


async def _install(
    changes: ConfigChanges, knowledge: Knowledge, part: FilePart, sealer: Sealer | None
) -> dict[str, str]:
    """Keep an app; one that is there keeps its secrets, and another gets its own."""
    held, manifest = knowledge.apps.get(part.id), apps.read_manifest(part.id, part.data)
    if held is not None and sealer is not None:
        await apps.keep(changes, knowledge, sealer, manifest, apps.opened(held, sealer))
        return {}
    secret = apps.fresh_secret(sealer)
    await apps.keep(changes, knowledge, sealer, manifest, {apps.SECRET: secret})
    return {part.id: secret}


def _document(part: FilePart) -> WrittenPipeline:
    try:
        return WrittenPipeline.model_validate(part.data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(map(str, (part.id, *first["loc"])))
        raise FieldError(path, str(first["msg"]), "send what the description of pipelines says") from None
