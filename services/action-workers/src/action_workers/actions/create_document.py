"""create-document: a document from a template, filled with what the item held at dispatch."""

import asyncio

from chassis.errors import Rejected
from contracts.data import JsonObject, Part
from pydantic import Field

from action_workers.actions.action import Action, Errand
from action_workers.answers import Sent
from action_workers.documents import render
from action_workers.providers.crm import Crm


class CreateDocument(Part):
    """`file` is the template's content hash, `context` the values for its placeholders."""

    template: str
    title: str = ""
    file: str = ""
    content_type: str = "text/html"
    context: JsonObject = Field(default_factory=dict)


async def create_document(errand: Errand[CreateDocument, Crm]) -> Sent:
    """Fetch the template, fill it in, keep the file, and make the document of it."""
    effect, params, crm = errand.effect, errand.params, errand.provider
    if not errand.portal.public_url:
        raise Rejected("the portal's public address is not set; without it the document has no link")
    if not params.file:
        raise Rejected(f"there is no template '{params.template}'; upload it")
    template = await crm.file(params.file)
    # Filling in may take a while; other effects go on meanwhile.
    content = await asyncio.to_thread(render, template, params.content_type, params.context)
    document = {
        "id": str(effect.id),
        "item": str(effect.item),
        "template": params.template,
        "title": params.title or params.template,
        "file": await crm.put_file(content, params.content_type),
    }
    made = await crm.create_document(document)
    url = f"{errand.portal.public_url.rstrip('/')}/d/{made['token']}"
    return Sent(str(made["number"]), {"url": url, "number": str(made["number"])})


ACTION = Action(
    "create-document", "document", CreateDocument, Crm, create_document, attempts=20, timeout=60.0, repeatable=True
)
