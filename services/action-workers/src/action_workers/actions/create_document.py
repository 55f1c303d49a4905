"""create-document: a document from a template, filled with what the item held at dispatch.

1. The template is filled in without the document's number: what cannot be made takes none.
2. crm-api numbers the document by the effect's id, so that a second attempt has the same number.
3. It is filled in once more where it names its number, kept as a file, and made of it; from here on its link shows it.
"""

import asyncio
import re
from contextlib import suppress
from typing import Any, Literal

from automation.papers.placeholders import PaperUnreadable, named_in
from chassis.errors import Rejected
from contracts.data import JsonObject, Part
from contracts.ids import derived
from pydantic import Field

from action_workers.actions.action import Action, Errand
from action_workers.answers import Sent
from action_workers.documents.making import Format, Maker, Paper
from action_workers.providers.crm import Crm

GOODS = frozenset({"rows", "totals"})
# What a document that has no number yet is filled in with, to see whether it can be.
NOT_NUMBERED = {"number": "0", "version": 1, "day": "2000-01-01"}
SUMS = ("net", "discount", "gross")


class CreateDocument(Part):
    """`file` is the template's content hash, `context` the values for its placeholders, `asked_by` a person."""

    template: str
    title: str = ""
    file: str = ""
    content_type: str = "text/html"
    context: JsonObject = Field(default_factory=dict)
    format: Format = ""
    again: Literal["version", "new"] = "version"
    link_days: int | None = None
    asked_by: str = ""


async def create_document(errand: Errand[CreateDocument, Crm]) -> Sent:
    """Make a document; a person who asked for it hears why there is none."""
    try:
        return await made(errand)
    except Rejected as error:
        await tell(errand, error.reason)
        raise


async def made(errand: Errand[CreateDocument, Crm]) -> Sent:
    """Number, fill in, keep and make the document."""
    params, crm, public = errand.params, errand.provider, errand.portal.public_url
    if not public:
        raise Rejected("the portal's public address is not set; without it the document has no link")
    if not params.file:
        raise Rejected(f"there is no template '{params.template}'; upload it")
    template = await crm.file(params.file)
    libre_office = crm.account.libre_office
    maker = Maker(template, params.content_type, params.format, errand.portal, libre_office)
    roots = await roots_of(template)
    context = params.context | (await goods(errand) if roots & GOODS else {})
    paper = await maker.make({**context, "document": NOT_NUMBERED})
    numbered = await crm.create_document(asked(errand))
    if not numbered.get("file"):
        if "document" in roots:
            paper = await maker.make({**context, "document": shown(numbered)})
        file = await crm.put_file(paper.content, paper.content_type)
        numbered = await crm.create_document(
            {**asked(errand), "file": file, "content_type": paper.content_type, "name": name_of(numbered, paper)}
        )
    url = f"{public.rstrip('/')}/d/{numbered['token']}"
    return Sent(str(numbered["number"]), {"url": url, **told(numbered)})


def asked(errand: Errand[CreateDocument, Crm]) -> dict[str, Any]:
    """Give what crm-api is asked for: a document by the effect's id, in its chain of causes."""
    effect, params = errand.effect, errand.params
    return {
        "id": str(effect.id),
        "item": str(effect.item),
        "template": params.template,
        "title": params.title or params.template,
        "again": params.again,
        "link_days": params.link_days,
        "made_by": params.asked_by,
        "cause": {
            "correlation": str(effect.cause.correlation),
            "causation": str(effect.cause.causation),
            "hops": effect.cause.hops,
        },
    }


def told(document: dict[str, Any]) -> dict[str, Any]:
    """Give what later rules may read, an attachment of a mail among it."""
    return {
        "number": str(document["number"]),
        "version": document.get("version", 1),
        "document": document["id"],
        "file": document["file"],
        "name": document.get("name", ""),
        "content_type": document.get("content_type", ""),
    }


async def roots_of(template: bytes) -> set[str]:
    """Give what the template's placeholders begin with; raises `Rejected` where it cannot be read."""
    try:
        paths = await asyncio.to_thread(named_in, template)
    except PaperUnreadable as error:
        raise Rejected(str(error)) from None
    return {path.partition(".")[0] for path in paths}


async def goods(errand: Errand[CreateDocument, Crm]) -> dict[str, Any]:
    """Give the rows of goods of the item, and what they come to, each with its currency."""
    found = await errand.provider.goods(str(errand.effect.item))
    currency = found["currency"]

    def money(amount: object) -> str:
        return f"{amount} {currency}"

    rows = [
        {
            "position": n,
            **{name: row[name] for name in ("name", "quantity", "unit", "tax") if row.get(name) not in (None, "")},
            "price": money(row["price"]),
            **{name: money(row["sums"][name]) for name in SUMS},
            "tax_sum": money(row["sums"]["tax"]),
        }
        for n, row in enumerate(found["rows"], start=1)
    ]
    totals = {name: money(found["total"][name]) for name in (*SUMS, "tax")}
    return {"rows": rows, "totals": {"currency": currency, **totals}}


def shown(document: dict[str, Any]) -> dict[str, Any]:
    """Give what a document can say of itself."""
    return {"number": str(document["number"]), "version": document["version"], "day": document["day"]}


def name_of(document: dict[str, Any], paper: Paper) -> str:
    """Name the file of a document, in characters that any system takes."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", str(document["template"])).strip("-.") or "document"
    version = f"-v{document['version']}" if document["version"] > 1 else ""
    return f"{stem}-{document['number']}{version}.{paper.ending}"


async def tell(errand: Errand[CreateDocument, Crm], why: str) -> None:
    """Tell the person who asked for a document that there is none."""
    effect, params = errand.effect, errand.params
    if params.asked_by:
        words = f"{params.title or params.template} was not made: {why}"
        notice = {"id": str(derived("document-refused", effect.id, effect.round)), "person": params.asked_by}
        # An operator of the deployment is nobody whom notices reach.
        with suppress(Rejected):
            await errand.provider.create_notice({**notice, "item": str(effect.item), "text": words})


ACTION = Action(
    "create-document", "document", CreateDocument, Crm, create_document, attempts=20, timeout=120.0, repeatable=True
)
