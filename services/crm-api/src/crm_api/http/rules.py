"""Single edits over HTTP: rules and triggers of a draft are added, changed, copied, moved, switched and deleted.

Each edit begins a draft of what is published where there is none, and answers with the draft.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi import Body as Sent
from pydantic import Field, ValidationError

from crm_api.fields import FieldError
from crm_api.http.asking import Body, ByPerson
from crm_api.http.drafts import ShownDraft, shown
from crm_api.http.pipelines import PipelineId, may
from crm_api.rules.drafting import begun, save
from crm_api.rules.drafts import expect
from crm_api.rules.editing import Element, Target, What, add, change, find, move, remove
from crm_api.rules.pipelines import KEY, Named, Place, WrittenRule, WrittenTrigger

router = APIRouter(prefix="/v1/pipelines/{type_}/{key}/stages/{stage}", tags=["rules"])
one = APIRouter(prefix="/v1/pipelines/{type_}/{key}/stages/{stage}/{what}/{element}", tags=["rules"])
StageKey = Annotated[str, Path(pattern=KEY, description="The key of the stage.", examples=["new"])]
ElementKey = Annotated[str, Path(pattern=KEY, description="Its key in the stage.", examples=["call"])]
Sort = Annotated[What, Path(description="Which of the two it is.", examples=["rules"])]
Position = Annotated[int | None, Field(ge=0, le=10_000, description="its place in the order; the end where left out")]
Version = Annotated[int | None, Field(description="that of the draft on which this was decided")]
CALL = {"key": "call-again", "do": {"create-task": {"to": "responsible", "title": "Call {{ item.title }}"}}}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a rule or trigger stands, as an address says."""

    pipeline: str
    what: What
    stage: str
    key: str

    @property
    def place(self) -> Place:
        """Give its place in the document."""
        return self.stage, self.key

    def target(self, moved: "Moved") -> Target:
        """Give where it goes."""
        return Target(moved.stage or self.stage, moved.key or self.key, moved.position)


def standing(id_: PipelineId, stage: StageKey, what: Sort, element: ElementKey) -> Standing:
    """Give what an address names."""
    return Standing(id_, what, stage, element)


Spot = Annotated[Standing, Depends(standing)]


class NewRule(WrittenRule):
    """A rule to add."""

    position: Position = None
    version: Version = None


class NewTrigger(WrittenTrigger):
    """A trigger to add."""

    position: Position = None
    version: Version = None


class Patch(Body):
    """Parts of a rule or trigger, in its own shape; what is left out stays as it is, a condition of null goes."""

    set: dict[str, Any] = Field(min_length=1, description="the parts and their new values")
    version: Version = None


class Moved(Body):
    """Where a rule or trigger of a pipeline goes; what is left out stays as it is."""

    stage: str | None = Field(None, pattern=KEY)
    key: str | None = Field(None, pattern=KEY)
    position: Position = None
    version: Version = None


class Copied(Moved):
    """Where a copy goes: another stage or pipeline; `version` is that of the draft of that pipeline."""

    pipeline: str | None = Field(None, pattern=r"^[a-z0-9][a-z0-9_-]{0,62}/[a-z0-9][a-z0-9_-]{0,62}$")


def example(value: Any) -> Any:
    """Give a body as the description of the API shows it."""
    return Sent(openapi_examples={"one": {"summary": "One of many", "value": value}})


@router.post("/rules", status_code=201)
async def add_rule(
    id_: PipelineId, stage: StageKey, body: Annotated[NewRule, example(CALL)], request: ByPerson
) -> ShownDraft:
    """Add a rule to a stage of the draft."""
    rule = WrittenRule(**body.model_dump(exclude={"position", "version"}))
    to = Target(stage, rule.key, body.position)
    return await edit(request, id_, body.version, lambda named: add(named, "rules", rule, to))


@router.post("/triggers", status_code=201)
async def add_trigger(
    id_: PipelineId,
    stage: StageKey,
    body: Annotated[NewTrigger, example({"key": "called", "on": "call.incoming", "allow_backward": True})],
    request: ByPerson,
) -> ShownDraft:
    """Add a trigger to a stage of the draft."""
    trigger = WrittenTrigger(**body.model_dump(exclude={"position", "version"}))
    to = Target(stage, trigger.key, body.position)
    return await edit(request, id_, body.version, lambda named: add(named, "triggers", trigger, to))


@one.patch("")
async def patch(
    spot: Spot, body: Annotated[Patch, example({"set": {"enabled": False}})], request: ByPerson
) -> ShownDraft:
    """Change parts of a rule or trigger of the draft, or switch it off or on."""

    def changed(named: Named) -> Named:
        before = find(named.document, spot.what, spot.place)
        return change(named, spot.what, spot.place, patched(before, body.set))

    return await edit(request, spot.pipeline, body.version, changed)


@one.post("/move", name="move")
async def move_it(spot: Spot, body: Annotated[Moved, example({"position": 0})], request: ByPerson) -> ShownDraft:
    """Move a rule or trigger of the draft: to another stage, or up and down; a rule keeps its lasting id."""

    def moved(named: Named) -> Named:
        return move(named, spot.what, spot.place, spot.target(body))

    return await edit(request, spot.pipeline, body.version, moved)


@one.post("/copy", status_code=201, name="copy")
async def copy_it(spot: Spot, body: Annotated[Copied, example({"key": "call-later"})], request: ByPerson) -> ShownDraft:
    """Copy a rule or trigger into a stage of this or another pipeline; answers with the draft of that one."""
    async with request.transaction() as tx:
        may(request, spot.pipeline, "read")
        source = await begun(tx, request.knowledge, spot.pipeline)
    copied = find(source.document, spot.what, spot.place)

    def with_copy(named: Named) -> Named:
        return add(named, spot.what, copied, spot.target(body))

    return await edit(request, body.pipeline or spot.pipeline, body.version, with_copy)


@one.delete("")
async def delete(spot: Spot, request: ByPerson, version: int | None = None) -> ShownDraft:
    """Delete a rule or trigger of the draft."""
    return await edit(request, spot.pipeline, version, lambda named: remove(named, spot.what, spot.place))


async def edit(request: ByPerson, pipeline: str, version: int | None, changed: Callable[[Named], Named]) -> ShownDraft:
    """Change the draft of a pipeline, begun now where there is none."""
    async with request.configuring() as (changes, knowledge):
        may(request, pipeline, "change")
        draft = await begun(changes.tx, knowledge, pipeline)
        expect(draft, version)
        named = changed(draft.named)
        draft = replace(draft, document=named.document, ids=named.ids)
        saved = await save(changes.tx, knowledge, draft, request.cause.actor)
    return shown(saved, request)


def patched(before: Element, parts: dict[str, Any]) -> Element:
    """Give a rule or trigger with other parts; raises `FieldError` for what it cannot have."""
    try:
        return type(before).model_validate({**before.model_dump(), **parts})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(("set", *map(str, first["loc"])))
        raise FieldError(path, str(first["msg"]), "send the part in the shape of a rule or trigger") from None
