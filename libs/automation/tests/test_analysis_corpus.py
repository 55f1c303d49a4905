"""What the analysis finds in a corpus of small rule sets: half with a planted defect, half sound and tempting."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from automation.analysis import WARNINGS, analyse
from automation.analysis.outline import Outline
from automation.checking import check_rule_set
from automation.knowledge import Knowledge
from automation.testing import PIPELINE, record, shop
from contracts.config import ConfigChanged, Pipeline
from contracts.ids import derived, rule_id
from contracts.rules import RuleSet
from ruamel.yaml import YAML

CORPUS = Path(__file__).parent / "corpus"
SMALLEST = 60
ENOUGH = 0.95


@dataclass(frozen=True)
class Case:
    """One rule set: the kind of what is planted in it, and at which places it must be told; none where it is sound."""

    name: str
    kind: str
    at: frozenset[str]
    document: dict[str, Any]

    @property
    def expected(self) -> set[tuple[str, str]]:
        """Give what must be found."""
        also: dict[str, list[str]] = self.document.get("also", {})
        return {(self.kind, place) for place in self.at} | {(kind, one) for kind in also for one in also[kind]}


def cases() -> Iterator[Case]:
    """Read the corpus."""
    for file in sorted(CORPUS.glob("*.yaml")):
        told = YAML(typ="safe", pure=True).load(file)
        for half in ("planted", "sound"):
            for one in told[half]:
                yield Case(one["name"], told["finding"], frozenset(one.get("at", ())), one)


CASES = list(cases())
PLANTED = [case for case in CASES if case.at]
SOUND = [case for case in CASES if not case.at]


def records(id_: str, document: dict[str, Any]) -> tuple[ConfigChanged, ConfigChanged]:
    """Give the pipeline and the rule set of a document, as a publish would."""
    stages = document["stages"]
    shape = [{key: part for key, part in one.items() if key not in {"rules", "triggers"}} for one in stages]
    triggers = {
        one["key"]: [{"id": derived("test", one["key"], t["key"]), **t} for t in one.get("triggers", ())]
        for one in stages
    }
    rules = [
        {
            "stage": one["key"],
            "rules": [{"id": rule_id(id_, one["key"], rule["key"]), **rule} for rule in one.get("rules", ())],
        }
        for one in stages
    ]
    type_ = id_.partition("/")[0]
    pipeline = {"id": id_, "type": type_, "stages": shape, "triggers": triggers, "rule_set": 1}
    rule_set = {"pipeline": id_, "number": 1, "stages": rules, "published_by": "ann"}
    return record("pipeline", id_, pipeline), record("rule-set", f"{id_}/1", rule_set)


def drafted(case: Case) -> tuple[RuleSet, Pipeline, Knowledge]:
    """Give the draft of a case, beside what is published elsewhere."""
    elsewhere = (one for other in case.document.get("elsewhere", ()) for one in records(other["pipeline"], other))
    pipeline, rule_set = records(PIPELINE, case.document)
    accounts: dict[str, str] = case.document.get("connections", {})
    extra = [record("connection", id_, {"id": id_, "provider": provider}) for id_, provider in accounts.items()]
    return rule_set.record(), pipeline.record(), shop(extra=(*elsewhere, *extra))


def found(case: Case) -> set[tuple[str, str]]:
    """Give all that is found in a case, each as its kind and its place."""
    rule_set, pipeline, knowledge = drafted(case)
    errors = {("error", finding.path) for finding in check_rule_set(rule_set, pipeline, knowledge)}
    outline = Outline.of(rule_set, pipeline, knowledge)
    return errors | {(kind, one.path) for kind, find in WARNINGS.items() for one in find(outline)}


def test_the_corpus_is_large_enough_and_half_of_it_is_sound() -> None:
    assert len(CASES) >= SMALLEST
    assert {case.kind for case in PLANTED} == {*WARNINGS, "error"} == {case.kind for case in SOUND}
    assert abs(len(PLANTED) - len(SOUND)) <= len(CASES) // 10
    assert len({(case.kind, case.name) for case in CASES}) == len(CASES)


def test_nearly_all_that_is_planted_is_found_at_its_place_and_nothing_else() -> None:
    missed = {case.name: (found(case), case.expected) for case in PLANTED if found(case) != case.expected}
    assert len(missed) <= (1 - ENOUGH) * len(PLANTED), missed


@pytest.mark.parametrize("case", SOUND, ids=lambda case: case.name)
def test_nothing_is_found_in_what_is_sound(case: Case) -> None:
    assert found(case) == set()


@pytest.mark.parametrize("case", PLANTED, ids=lambda case: case.name)
def test_a_finding_says_in_words_what_is_wrong_and_what_to_do(case: Case) -> None:
    for finding in analyse(*drafted(case)):
        assert finding.message
        assert finding.severity == "error" or " " in finding.fix
