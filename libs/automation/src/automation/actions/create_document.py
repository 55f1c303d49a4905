"""create-document: a document from a template, filled with what the item holds at dispatch."""

from dataclasses import replace
from typing import Literal

from contracts.actions import Recipient
from pydantic import Field

from automation.actions.action import Action, Effects, Params, Text
from automation.documents import DocumentError
from automation.facts import Facts
from automation.templates import PlaceholderEmpty, TemplateFailed, compile_text

ROOTS = ("item", "contact", "company", "responsible", "supervisor", "results", "var", "portal")
RESULTS = ("url", "number", "version", "document", "file", "name", "content_type")


class CreateDocument(Params):
    """`template` is a document template's id; `title` names the document, else the template does.

    `format` is what it becomes, else what the template is. A second one of an item is a new version of the first
    with its number, unless it is to be `new`. Its link is good for `link_days`, else as long as the template says.
    """

    template: str
    title: Text = ""
    format: Literal["", "pdf", "docx", "html"] = ""
    again: Literal["version", "new"] = "version"
    link_days: int | None = Field(None, ge=1, le=3650)


def finish(effects: Effects, facts: Facts) -> Effects:
    """Add the template as it is now, and the values that its placeholders need."""
    template = facts.knowledge.templates.get(effects.params["template"])
    context = facts.as_context()
    params = {**effects.params, "context": {root: context.get(root, {}) for root in ROOTS}}
    if template is not None:
        params |= {"file": template.file, "content_type": template.content_type}
        params["title"] = params["title"] or _titled(template.title, facts) or template.id
        params["link_days"] = params.get("link_days") or template.link_days
    return replace(effects, recipients=(Recipient(whom="document", name=params["title"]),), params=params)


def _titled(text: str, facts: Facts) -> str:
    """Fill in a template's own title; one that has no value here names nothing."""
    try:
        return compile_text(text).render(facts)
    except (DocumentError, PlaceholderEmpty, TemplateFailed):
        return ""


ACTION = Action(
    "create-document",
    "document",
    "document",
    "compensable",
    CreateDocument,
    results=RESULTS,
    finish=finish,
    signals={"document.created": ("template",)},
)
