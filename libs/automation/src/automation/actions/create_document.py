"""create-document: a document from a template, filled with what the item holds at dispatch."""

from dataclasses import replace

from contracts.actions import Recipient

from automation.actions.action import Action, Effects, Params, Text
from automation.facts import Facts

ROOTS = ("item", "contact", "responsible", "results")


class CreateDocument(Params):
    """`template` is a document template's id; `title` names the document, else the template does."""

    template: str
    title: Text = ""


def finish(effects: Effects, facts: Facts) -> Effects:
    """Add the template as it is now, and the values that its placeholders need."""
    template = facts.knowledge.templates.get(effects.params["template"])
    context = facts.as_context()
    params = {**effects.params, "context": {root: context.get(root, {}) for root in ROOTS}}
    if template is not None:
        params |= {"file": template.file, "content_type": template.content_type}
        params["title"] = params["title"] or template.title or template.id
    return replace(effects, recipients=(Recipient(whom="document", name=params["title"]),), params=params)


ACTION = Action(
    "create-document", "document", "document", "compensable", CreateDocument, results=("url", "number"), finish=finish
)
