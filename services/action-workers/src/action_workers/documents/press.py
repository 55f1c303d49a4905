"""A process for one document: `python -m action_workers.documents.press` reads a job, and writes the document.

It has none of the worker's secrets in its environment, limits on memory and processor, and reaches nothing outside.
"""

import json
import resource
import sys
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from automation.papers.engines import jinja
from automation.papers.placeholders import PaperUnreadable, opened
from automation.papers.wording import CannotWrite
from automation.sandbox import PlaceholderEmpty
from jinja2 import TemplateError
from typing_extensions import override
from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

MEMORY = 2 * 1024**3  # bytes
PROCESSOR = 60  # seconds
DONE, REFUSED = b"+", b"-"
WRONG = (PaperUnreadable, PlaceholderEmpty, CannotWrite)


class Refused(Exception):
    """A document cannot be made; says why."""


class Nowhere(URLFetcher):  # type: ignore[misc] # the library has no types
    """Fetches nothing: what a document shows is in it, as `data:`."""

    @override
    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if not url.startswith("data:"):
            raise FatalURLFetchingError(f"the template shows {url:.200}, and nothing is fetched for a document")
        return super().fetch(url, headers)


def pdf(page: bytes, _: Mapping[str, Any]) -> bytes:
    """Print a page."""
    try:
        printed: bytes = HTML(string=page.decode(), url_fetcher=Nowhere(allowed_protocols={"data"})).write_pdf()
    except FatalURLFetchingError as error:
        raise Refused(f"{error}; put pictures and styles into it, as data:") from None
    return printed


def docx(template: bytes, job: Mapping[str, Any]) -> bytes:
    """Fill in a DOCX."""
    paper = opened(template)
    try:
        paper.render(job["context"], jinja(job["language"], job["zone"]))
    except TemplateError as error:
        raise Refused(f"the template cannot be filled in: {error.message}") from None
    made = BytesIO()
    paper.save(made)
    return made.getvalue()


WAYS: dict[str, Callable[[bytes, Mapping[str, Any]], bytes]] = {"pdf": pdf, "docx": docx}


def make(job: Mapping[str, Any], content: bytes) -> bytes:
    """Give the document, or why there is none, as it is told to the parent."""
    try:
        return DONE + WAYS[job["do"]](content, job)
    except (Refused, *WRONG) as error:
        return REFUSED + str(error).encode()
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError, MemoryError) as error:
        # What a template makes the libraries stumble over is the template's fault.
        return REFUSED + f"the template cannot be filled in: {type(error).__name__} {error!s:.200}".encode()


def limited() -> None:
    """Let this process take no more than a document may need, and leave no core behind."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR, PROCESSOR))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Read the job in the first line, the content after it, and write what came of it."""
    limited()
    job = json.loads(sys.stdin.buffer.readline())
    sys.stdout.buffer.write(make(job, sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
