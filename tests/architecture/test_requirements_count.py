"""What `make requirements` counts: one real session of small tests, and the verdict on each part of its report."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.requirements import main

ROOT = Path(__file__).parents[2]
PASSES = '@pytest.mark.req("B3")\ndef test_passes(): pass\n'
FAILS = '@pytest.mark.req("B3")\ndef test_fails(): assert False\n'
SKIPS = '@pytest.mark.req("B3")\ndef test_skips(): pytest.skip("not here")\n'
CASES = '@pytest.mark.req("B3")\n@pytest.mark.parametrize("end", [str, pytest.{end}])\ndef test_cases(end): end("x")\n'
FILES = {
    "passes": PASSES,
    "fails": FAILS,
    "fails_beside": FAILS + PASSES,
    "breaks": '@pytest.fixture\ndef f(): raise OSError\n@pytest.mark.req("B3")\ndef test_breaks(f): pass\n',
    "unknown": '@pytest.mark.req("Z99")\ndef test_unknown(): pass\n',
    "unreadable": "import nothing_of_that_name\n",
    "skips": SKIPS,
    "skips_beside": SKIPS + PASSES,
    "expected": '@pytest.mark.req("B3")\n@pytest.mark.xfail\ndef test_expected(): assert False\n',
    "case_skips": CASES.format(end="skip"),
    "case_fails": CASES.format(end="fail"),
    "several": '@pytest.mark.req("B3", "C1")\n@pytest.mark.req("D1")\nclass TestMany:\n    def test_it(self): pass\n',
    "unmarked": "def test_without_a_mark(): assert False\n",
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run all files as a session of this repository, and give its report."""
    folder = tmp_path_factory.mktemp("session")
    for name, tests in FILES.items():
        (folder / f"test_{name}.py").write_text("import pytest\n" + tests)
    told = folder / "report.xml"
    options = ["-p", "conftest", "-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}", "-p", "no:cacheprovider"]
    subprocess.run(  # noqa: S603  our own interpreter and modules
        [sys.executable, "-m", "pytest", *options, "--continue-on-collection-errors", f"--junitxml={told}", folder],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=500,
    )
    return told


def part(report: Path, name: str, folder: Path) -> Path:
    """Give the report as it were if there were only this file."""
    tree = ET.parse(report)  # noqa: S314  pytest wrote it
    suite = tree.getroot()[0]
    for case in list(suite):
        place = (case.get("classname") or case.get("name") or "").split(".")
        if f"test_{name}" not in place:
            suite.remove(case)
    assert len(suite)
    tree.write(folder / "part.xml")
    return folder / "part.xml"


@pytest.mark.parametrize(
    ("name", "code", "met", "trouble"),
    [
        ("passes", 0, 1, ""),
        ("fails", 1, 0, "test_fails.py::test_fails did not pass"),
        ("fails_beside", 1, 0, "test_fails_beside.py::test_fails did not pass"),
        ("breaks", 1, 0, "test_breaks.py::test_breaks did not pass"),
        ("unknown", 1, 0, "test_unknown.py::test_unknown names Z99: unknown"),
        ("unreadable", 1, 0, "test_unreadable could not be run"),
        ("skips", 0, 0, ""),
        ("skips_beside", 0, 1, ""),
        ("expected", 0, 0, ""),
        ("case_skips", 0, 0, ""),
        ("case_fails", 1, 0, "test_case_fails.py::test_cases did not pass"),
        ("several", 0, 3, ""),
        ("unmarked", 0, 0, ""),
    ],
)
def test_only_what_passes_whole_is_met(  # noqa: PLR0917  the columns of the table
    report: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, code: int, met: int, trouble: str
) -> None:
    ended = main(["--from", str(part(report, name, tmp_path))])
    printed = capsys.readouterr().out.splitlines()
    assert (ended, printed[-1]) == (code, f"{met} of 155 requirements met")
    assert trouble in printed[-2]


def test_every_requirement_is_printed_with_the_tests_that_name_it(
    report: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--from", str(part(report, "skips_beside", tmp_path))])
    printed = capsys.readouterr().out.splitlines()
    assert len([line for line in printed if line[:2] in {"✓ ", "✗ "}]) == 155
    beside = printed[printed.index("✓ B3") + 1 :][:2]
    assert [line.split("  ")[2] for line in beside] == ["skipped", "passed"]
    assert beside[1].endswith("test_skips_beside.py::test_passes")
