"""Templates of documents: which values they name, and whether those can be."""

import asyncio
from dataclasses import dataclass

from automation.knowledge import Knowledge
from automation.papers.checking import wrong_placeholders
from automation.papers.placeholders import DOCX, PaperUnreadable, is_docx, named_in
from chassis.database import Transaction
from contracts.config import Template

from crm_api.fields import FieldError
from crm_api.store import files as stored_files

MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Placeholders:
    """What a template names; `wrong` are those that can have no value, each with what would do."""

    names: tuple[str, ...]
    wrong: dict[str, str]


async def placeholders(content: bytes, knowledge: Knowledge) -> Placeholders:
    """Give the placeholders of a template; raises `FieldError` where it cannot be read."""
    try:
        names = await asyncio.to_thread(named_in, content)
    except PaperUnreadable as error:
        raise FieldError("file", str(error), "upload a template that can be read") from None
    return Placeholders(names, dict(wrong_placeholders(names, knowledge)))


async def check_template(tx: Transaction, template: Template, knowledge: Knowledge) -> None:
    """Refuse a template whose placeholders can have no value, or that is not what it says; raises `FieldError`.

    One whose file is not kept yet may be set up: it makes no document until it is.
    """
    file = await stored_files.load(tx, template.file)
    if file is None:
        return
    found = await placeholders(file.content, knowledge)
    if found.wrong:
        named = list(found.wrong)[:MOST_TOLD]
        raise FieldError("file", f"nothing is called {', '.join(named)}", found.wrong[named[0]])
    if is_docx(file.content) and template.content_type not in {DOCX, Template.model_fields["content_type"].default}:
        raise FieldError("content_type", f"the file is a DOCX and no {template.content_type}", f"send {DOCX}")
