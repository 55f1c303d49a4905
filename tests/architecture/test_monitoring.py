"""Alerts and dashboard ask for metrics that there are, and operators are told of each."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from .repository import ROOT, sources, text, tree

ENDS = {
    "Counter": ("_total",),
    "Gauge": ("",),
    "Figure": ("",),
    "Histogram": ("_bucket", "_sum", "_count"),
    "Spread": ("_bucket", "_sum", "_count"),
}
# Those that Prometheus itself adds, and the buckets of histograms.
ADDED = {"le", "job", "instance", "process"}
PAGE = text("docs/operations/alerts.md")
METRIC = re.compile(r"\b(signalbox_\w+|up)\b")
LABELS = re.compile(r"\b(?:by|on) \(([^)]*)\)|\{([^}]*)\}")


def metrics() -> Iterator[tuple[str, str, frozenset[str]]]:
    """Give each metric of the code: its name, what makes it, its labels."""
    for name in sources():
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ENDS:
                words = [each.value for arg in node.args for each in ast.walk(arg) if isinstance(each, ast.Constant)]
                if words and str(words[0]).startswith("signalbox_"):
                    yield str(words[0]), node.func.id, frozenset(str(word) for word in words[2:])


METRICS = {name: (kind, labels) for name, kind, labels in metrics()}
EXPORTED = {name + end: labels for name, (kind, labels) in METRICS.items() for end in ENDS[kind]} | {"up": frozenset()}


def rules() -> list[dict[str, Any]]:
    (group,) = YAML(typ="safe").load(ROOT / "deploy/monitoring/alerts.yaml")["groups"]
    return list(group["rules"])


def questions() -> list[str]:
    panels = json.loads(text("deploy/monitoring/dashboard.json"))["panels"]
    return [rule["expr"] for rule in rules()] + [target["expr"] for panel in panels for target in panel["targets"]]


def unknown(question: str) -> set[str]:
    """Give what a question names and nobody shows: metrics, and labels of none of its metrics."""
    asked = set(METRIC.findall(LABELS.sub("", question)))
    labels = ADDED.union(*(EXPORTED.get(name, frozenset()) for name in asked))
    named = {
        re.split(r"[=!~]", word)[0].strip()
        for found in LABELS.finditer(question)
        for word in (found[1] or found[2]).split(",")
    }
    return (asked - EXPORTED.keys()) | (named - labels)


@pytest.mark.parametrize("question", questions())
def test_what_is_asked_is_shown_by_some_process(question: str) -> None:
    assert METRIC.search(question)
    assert unknown(question) == set()


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("rate(signalbox_consumed[5m])", {"signalbox_consumed"}),
        ("sum by (grope) (signalbox_lag)", {"grope"}),
        ('signalbox_lag{topic="crm.items"} > 0', set()),
        ('signalbox_lag{tropic=~"a|b"}', {"tropic"}),
    ],
)
def test_a_question_that_nobody_answers_is_found(question: str, found: set[str]) -> None:
    assert unknown(question) == found


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_operators_are_told_what_to_do_about_an_alert(rule: dict[str, Any]) -> None:
    severity = rule["labels"]["severity"]
    assert f"| `{rule['alert']}` | {severity} |" in PAGE
    assert rule["annotations"]["summary"]
    used = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    assert used <= ADDED.union(*(EXPORTED[name] for name in METRIC.findall(LABELS.sub("", rule["expr"]))))


@pytest.mark.parametrize("name", METRICS)
def test_operators_are_told_of_each_metric(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_no_metric_or_alert_is_told_of_that_is_not_there() -> None:
    told = set(re.findall(r"`(signalbox_\w+|Signalbox[A-Z]\w+)`", PAGE))
    assert told == METRICS.keys() | {rule["alert"] for rule in rules()}
