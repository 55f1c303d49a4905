"""The examples of pages are what the product takes: rules, triggers, timings, records of the config."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from automation.calls import Call
from automation.conditions import read_condition
from automation.knowledge import Knowledge
from automation.settle_windows import Window
from automation.signal_kinds import SIGNAL_KINDS
from automation.timing import TIMINGS, read_timing
from contracts.apps import App
from contracts.config import KINDS
from contracts.rules import SettleWindow
from crm_api.config.records import EDITED, NAMED_BY, read_strictly
from crm_api.rules.pipelines import WrittenRule, WrittenTrigger
from crm_api.rules.yaml_documents import read_yaml

from .documents import PAGES, blocks, code

TOP = re.compile(r"^(?=(?:do|timing|when|triggers):)", re.MULTILINE)
RECORD = re.compile(r"PUT /v1/config/(?P<kind>[a-z-]+)/(?P<id>\S+)\s+(?=\{)")
TIMING = re.compile(rf"^\{{(?:{'|'.join(TIMINGS)}): ")
SAID_ELSEWHERE = {'"…"': '"x"', "{…}": "{}", "…, ": "", "{…": "{"}
(MANIFEST,) = [one for one in blocks("docs/how-to/write-an-app.md", "json") if '"actions"' in one]
KNOWLEDGE = Knowledge(apps={"acme": App.model_validate(json.loads(MANIFEST))})
Parts = Iterator[dict[str, Any]]


def written(page: str) -> Parts:
    """Give the objects that the YAML of a page says, of lists and of lines that stand for themselves each one."""
    for block in blocks(page, "yaml"):
        for piece in filter(str.strip, TOP.split(block)):
            whole = piece if not piece.startswith("- ") else "rules:\n" + piece
            yield read_yaml(whole.encode())


def inside(found: Any) -> Parts:
    """Give an object and all those in it that are rules, triggers or stages."""
    if isinstance(found, dict):
        yield found
        for key in ("rules", "triggers", "stages"):
            yield from (one for each in found.get(key, ()) for one in inside(each))


PARTS = [(page, part) for page in PAGES for whole in written(page) for part in inside(whole)]


@pytest.mark.parametrize(("page", "part"), PARTS)
def test_a_rule_or_trigger_that_a_page_shows_can_be_saved(page: str, part: dict[str, Any]) -> None:
    read_timing(part.get("timing", {}))
    read_condition(part.get("when"))
    if "do" in part:
        rule = WrittenRule.model_validate({"key": page.rpartition("/")[2].removesuffix(".md"), **part})
        Call.read(rule.do, KNOWLEDGE)
    if "on" in part:
        trigger = WrittenTrigger.model_validate(part)
        assert trigger.on in SIGNAL_KINDS
        if trigger.settle:
            Window.read(SettleWindow(**trigger.settle.model_dump()))


SPANS = [(page, one) for page in PAGES for one in code(page) if TIMING.match(one) and "\n" not in one]


@pytest.mark.parametrize(("page", "span"), SPANS)
def test_a_timing_that_a_page_shows_can_be_read(page: str, span: str) -> None:
    read = read_timing(read_yaml(f"timing: {span}".encode())["timing"])
    assert type(read) in TIMINGS.values(), page


def records(page: str) -> Iterator[tuple[str, str, str]]:
    """Give the records of the config that a page puts: kind, id, and what is sent, as it is written."""
    for one in code(page):
        for found in RECORD.finditer(one):
            yield found["kind"], found["id"], whole(one[found.end() :])


def whole(text: str) -> str:
    """Give the object with which a text begins."""
    depth = 0
    for end, sign in enumerate(text, 1):
        depth += (sign == "{") - (sign == "}")
        if depth == 0:
            return text[:end]
    raise AssertionError(f"the object does not end: {text[:60]}")


RECORDS = [(page, *record) for page in PAGES for record in records(page)]


@pytest.mark.parametrize(("page", "kind", "id_", "text"), RECORDS)
def test_a_record_that_a_page_puts_can_be_put(page: str, kind: str, id_: str, text: str) -> None:
    assert kind in EDITED, page
    for said, meant in SAID_ELSEWHERE.items():
        text = text.replace(said, meant)
    given = json.loads(text)
    if kind in NAMED_BY:
        given.setdefault(NAMED_BY[kind], id_)
    if kind == "rate":
        currency, _, on = id_.partition("/")
        given = {"currency": currency, "on": on, "to": "EUR", **given}
    if kind in {"connection", "source"}:
        given["secrets"] = dict.fromkeys(given.get("secrets", {}), "sealed")
    read_strictly(KINDS[kind], given)


def test_there_is_something_of_each() -> None:
    assert len(PARTS) > 30
    assert len(SPANS) > 5
    assert len(RECORDS) > 10
