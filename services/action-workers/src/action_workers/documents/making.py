"""How a template becomes a document of the format that is asked for."""

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

from automation.papers.placeholders import DOCX, is_docx
from chassis.errors import Rejected
from contracts.config import Portal

from action_workers.documents.filling import fill
from action_workers.documents.pressing import converted, pressed

Format = Literal["", "pdf", "docx", "html"]
PDF, PAGE = "application/pdf", "text/html"
ENDINGS = {PDF: "pdf", DOCX: "docx", PAGE: "html", "text/plain": "txt"}


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that is made."""

    content: bytes
    content_type: str

    @property
    def ending(self) -> str:
        """Give the ending of its file's name."""
        return ENDINGS.get(self.content_type.partition(";")[0].strip(), "bin")


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes documents of one template; `libre_office` is its program, empty where there is none."""

    template: bytes
    content_type: str
    format: Format
    portal: Portal
    libre_office: str = ""

    async def make(self, context: dict[str, Any]) -> Paper:
        """Fill the template in; raises `Rejected` that says what is wrong with it."""
        if is_docx(self.template):
            return await self._letter(context)
        if self.format == "docx":
            raise Rejected("the template is no DOCX, so it makes none; use html or pdf, or upload a DOCX template")
        # Filling in may take a while; other effects go on meanwhile.
        page = await asyncio.to_thread(fill, self.template, self.content_type, context, self.portal)
        if self.format == "pdf":
            return Paper(await pressed({"do": "pdf"}, page), PDF)
        return Paper(page, PAGE if self.format == "html" else self.content_type)

    async def _letter(self, context: dict[str, Any]) -> Paper:
        if self.format == "html":
            raise Rejected("a DOCX template makes docx or pdf; upload an HTML template for html")
        if self.format == "pdf" and not self.libre_office:
            told = "a DOCX template becomes PDF only with LibreOffice, which this installation has not set"
            raise Rejected(f"{told}; set ACTION_WORKERS_LIBRE_OFFICE, or use docx, or an HTML template")
        job = {"do": "docx", "context": context, "language": self.portal.language, "zone": self.portal.zone}
        letter = await pressed(job, self.template)
        if self.format == "pdf":
            return Paper(await converted(self.libre_office, letter), PDF)
        return Paper(letter, DOCX)
