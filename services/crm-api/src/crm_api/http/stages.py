"""The pipelines that there are, with their stages, over HTTP; their rules are read one pipeline at a time."""

from typing import Annotated

from contracts.rules import Stage, Text
from fastapi import APIRouter, Query

from crm_api.http.asking import Body, ByPerson

router = APIRouter(prefix="/v1/pipelines", tags=["pipelines"])
OfType = Annotated[str, Query(alias="type", description="The key of a type; empty for all.", examples=["deal"])]


class ShownPipeline(Body):
    """A pipeline with its stages in their order; `key` is what follows the type in its id."""

    id: str
    type: str
    key: str
    name: Text
    owner: str
    stages: tuple[Stage, ...]
    rule_set: int


@router.get("")
async def listing(request: ByPerson, type_: OfType = "") -> list[ShownPipeline]:
    """List the pipelines whose items or rules the caller may read, by id."""
    async with request.transaction():
        rights, pipelines = request.rights, request.knowledge.pipelines
    reach = rights.reach("read")
    return [
        ShownPipeline(**pipeline.model_dump(exclude={"triggers"}), key=id_.partition("/")[2])
        for id_, pipeline in sorted(pipelines.items())
        if type_ in {"", pipeline.type}
        and (reach.touches(pipeline.type, id_) or rights.may_automate(pipeline.type, "read"))
    ]
