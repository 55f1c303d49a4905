"""The catalogue over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query

from crm_api.catalogue.contents import Catalogue, catalogue
from crm_api.fields import FieldError
from crm_api.http.asking import ByPerson

router = APIRouter(prefix="/v1/catalogue", tags=["catalogue"])
LANGUAGE = "en, pt, it or ru; yours where left out, else the portal's"


@router.get("")
async def read(
    request: ByPerson,
    type_: Annotated[str, Query(alias="type", description="The key of a type.", examples=["deal"])],
    language: Annotated[str, Query(description=LANGUAGE, examples=["pt"])] = "",
) -> Catalogue:
    """Give what rules and triggers of a type can be made of, with parameters as JSON Schema and texts in a language."""
    async with request.transaction():
        knowledge = request.knowledge
    if type_ not in knowledge.types:
        raise FieldError("type", f"there is no type {type_!r}", f"use one of: {', '.join(sorted(knowledge.types))}")
    return catalogue(type_, knowledge, language or request.language)
