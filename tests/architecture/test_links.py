"""No link of a page leads nowhere, and each page is found from the README in two clicks."""

from pathlib import PurePosixPath

import pytest

from .documents import PAGES, anchors, links
from .repository import ROOT, files

CLICKS = 2


def target(page: str, link: str) -> tuple[str, str]:
    """Give the path in the repository that a link of a page leads to, and the anchor there."""
    path, _, anchor = link.partition("#")
    there = (ROOT / page).parent.joinpath(path).resolve() if path else ROOT / page
    return str(PurePosixPath(there.relative_to(ROOT))), anchor


def within(page: str) -> list[tuple[str, str]]:
    """Give the links of a page that stay in the repository."""
    return [target(page, link) for link in links(page) if not link.startswith(("http://", "https://", "mailto:"))]


@pytest.mark.parametrize("page", PAGES)
def test_no_link_leads_nowhere(page: str) -> None:
    lost = [path for path, _ in within(page) if not (ROOT / path).exists()]
    assert lost == []
    unknown = [f"{path}#{anchor}" for path, anchor in within(page) if anchor and anchor not in anchors(path)]
    assert unknown == []


def test_anchors_are_those_that_forges_make() -> None:
    assert {"dead-letters", "all-metrics"} <= anchors("docs/operations/alerts.md")
    assert "change-a-secret-without-a-gap" in anchors("docs/how-to/connections.md")


def test_each_page_is_found_from_the_readme_in_two_clicks() -> None:
    found = {"README.md"}
    for _ in range(CLICKS):
        found |= {one for page in found if page.endswith(".md") for path, _ in within(page) for one in shown_at(path)}
    docs = {page for page in PAGES if page.startswith("docs/")}
    assert docs - found == set()


def shown_at(path: str) -> set[str]:
    """Give the page that a path is; of a folder, the pages that a forge lists there."""
    if (ROOT / path).is_dir():
        return {name for name in files() if name.startswith(f"{path}/") and name.endswith(".md")}
    return {path}
