"""Prints for every requirement the tests that name it, and fails where one does not pass or names an unknown id.

Runs the tests that are marked with `req`, or reads the JUnit report of a run that was made already:
`python -m tests.requirements --from report.xml`. A test with several cases passes when all of them do; a skipped test
proves nothing, and a requirement is met when a test that names it passes and none fails.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[1]
LISTED = re.compile(r"^\| ([A-Z]\d+) \|", re.MULTILINE)


class Outcome(IntEnum):
    """How a test ended, from good to bad."""

    PASSED = 0
    SKIPPED = 1
    FAILED = 2


@dataclass
class Proofs:
    """What a run tells: the outcome of each test that names requirements, and the tests that name each id."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    tests: dict[str, list[str]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def add(self, case: ET.Element) -> None:
        """Take one case of a JUnit report; the worst case of a test is its outcome."""
        told = [(p.get("name"), p.get("value", "")) for p in case.iterfind("properties/property")]
        test = next((value for name, value in told if name == "test"), None)
        if test is None:
            if case.find("error") is not None:
                self.broken.append(f"{case.get('classname')} {case.get('name')}".strip())
            return
        self.outcomes[test] = max(outcome(case), self.outcomes.get(test, Outcome.PASSED))
        for named in (value for name, value in told if name == "req"):
            if test not in self.tests.setdefault(named, []):
                self.tests[named].append(test)

    def met(self, named: str) -> bool:
        """Say whether a requirement is proven."""
        ends = {self.outcomes[test] for test in self.tests.get(named, ())}
        return Outcome.PASSED in ends and Outcome.FAILED not in ends

    def lines(self, named: str) -> Iterable[str]:
        """Give the lines of one requirement."""
        tests = [f"    {self.outcomes[test].name.lower()}  {test}" for test in self.tests.get(named, ())]
        return [f"{'✓' if self.met(named) else '✗'} {named}", *tests]

    def troubles(self, known: Sequence[str]) -> list[str]:
        """Give what makes the run fail."""
        return [
            *(f"{test} did not pass" for test, ended in self.outcomes.items() if ended is Outcome.FAILED),
            *(f"{', '.join(self.tests[named])} names {named}: unknown" for named in self.tests if named not in known),
            *(f"{place} could not be run" for place in self.broken),
        ]


def outcome(case: ET.Element) -> Outcome:
    """Read how a case ended; an expected failure is told as skipped."""
    if case.find("failure") is not None or case.find("error") is not None:
        return Outcome.FAILED
    return Outcome.SKIPPED if case.find("skipped") is not None else Outcome.PASSED


def read(report: Path) -> Proofs:
    """Read a JUnit report that this repository's tests wrote."""
    proofs = Proofs()
    for case in ET.parse(report).iterfind(".//testcase"):  # noqa: S314  pytest wrote it
        proofs.add(case)
    return proofs


def run(arguments: Sequence[str]) -> Proofs:
    """Run the tests that name requirements, and read their report."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        ended = pytest.main(["-q", "-m", "req", f"--junitxml={report}", *arguments])
        if ended not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}:
            raise SystemExit(f"pytest ended with {ended!r}; the requirements are not known")
        return read(report)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the proofs; give the exit code."""
    parser = argparse.ArgumentParser("requirements", description="Which requirements are proven, by which tests.")
    parser.add_argument("--from", dest="report", type=Path, metavar="FILE", help="a JUnit report; without it tests run")
    asked, more = parser.parse_known_args(arguments)
    known = LISTED.findall((ROOT / "docs" / "requirements.md").read_text("utf-8"))
    proofs = read(asked.report) if asked.report else run(more)
    troubles = proofs.troubles(known)
    told = [line for named in known for line in proofs.lines(named)]
    met = sum(map(proofs.met, known))
    sys.stdout.write("\n".join([*told, *troubles, f"{met} of {len(known)} requirements met"]) + "\n")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
