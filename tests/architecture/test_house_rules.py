"""The rules of the house that no linter knows."""

import ast
import re
from pathlib import Path

import pytest

from .repository import files, sources, text, texts, tree

TIMES = "now|clock_timestamp|transaction_timestamp|statement_timestamp|timeofday"
ASKS_TIME = re.compile(rf"(?<![\w.])({TIMES})\s*\(\s*\)|\b(current_|local)(timestamp|time|date)\b", re.IGNORECASE)
SQLALCHEMY_TIME = re.compile(rf"(^|\.)func\.({TIMES}|current_\w+)$")
# Where real time is meant on purpose: how old knowledge is, and whether a process lives, moves with no rehearsal.
MAY_ASK_TIME = {
    *(f"libs/chassis/src/chassis/{name}.py" for name in ("schema", "relay", "freshness")),
    "services/crm-api/src/crm_api/store/simulations.py",
}
ENVIRONMENT = {"environ", "environb", "getenv"}
MAY_READ_ENVIRONMENT = re.compile(r"(^|/)(tests|deploy|benchmarks)/|(^|/)settings\.py$")
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}
BY_HAND = (".py", ".md", ".yml", ".yaml", ".toml", ".sh", ".sql", ".css", ".js", ".html", "Makefile", "Dockerfile")
REGISTRY = re.compile(
    r"https?://[^/\s\"'`]*(pypi|python-?hosted|npmjs|maven|artifactory|nexus|devpi|registry|goproxy|crates)"
    r"|--(extra-)?index-url|\bindex-url\s*=|\bregistry\s*=\s*[\"']?https?://",
    re.IGNORECASE,
)


def python() -> list[str]:
    return [name for name in files() if name.endswith(".py")]


def test_sql_asks_the_time_of_the_deployment_only() -> None:
    checked = [name for name in sources() if name not in MAY_ASK_TIME]
    assert checked
    assert [name for name in checked if asks_time(tree(name))] == [], "use signalbox_now()"


def asks_time(module: ast.Module) -> bool:
    """Find SQL that asks for the time, and SQLAlchemy's functions that do."""
    calls = [ast.unparse(node.func) for node in ast.walk(module) if isinstance(node, ast.Call)]
    return any(map(ASKS_TIME.search, texts(module))) or any(map(SQLALCHEMY_TIME.search, calls))


@pytest.mark.parametrize(
    ("line", "asks"),
    [
        ("x = 'SELECT now()'", True),
        ("x = f'UPDATE {t} SET at = NOW ()'", True),
        ("x = 'at timestamptz DEFAULT CURRENT_TIMESTAMP'", True),
        ("x = 'SELECT clock_timestamp()'", True),
        ("x = sqlalchemy.func.now()", True),
        ("x = 'SELECT signalbox_now()'", False),
        ("'A docstring may speak of now().'", False),
        ("x = tx.now()", False),
    ],
)
def test_a_question_for_the_time_is_recognised(line: str, asks: bool) -> None:  # noqa: FBT001  a column
    assert asks_time(ast.parse(line)) == asks


def test_only_settings_read_the_environment() -> None:
    checked = [name for name in python() if not MAY_READ_ENVIRONMENT.search(name)]
    assert checked
    assert [name for name in checked if reads_environment(tree(name))] == []


def reads_environment(module: ast.Module) -> bool:
    """Find `os.environ` and its like, however imported."""
    named = {node.attr for node in ast.walk(module) if isinstance(node, ast.Attribute)}
    imported = (node for node in ast.walk(module) if isinstance(node, ast.ImportFrom) and node.module == "os")
    return not ENVIRONMENT.isdisjoint(named | {alias.name for node in imported for alias in node.names})


@pytest.mark.parametrize(
    ("line", "reads"),
    [
        ("import os; os.getenv('A')", True),
        ("from os import environ as e", True),
        ("import os; os.environ['A']", True),
        ("import os; os.urandom(1)", False),
    ],
)
def test_a_look_at_the_environment_is_recognised(line: str, reads: bool) -> None:  # noqa: FBT001  a column
    assert reads_environment(ast.parse(line)) == reads


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    written = [name for name in files() if name.endswith(BY_HAND)]
    assert {name: count for name in written if (count := len(text(name).splitlines())) > 400} == {}


def test_files_have_names_that_say_something() -> None:
    assert [name for name in files() if not EMPTY_NAMES.isdisjoint(re.split(r"[^a-z]+", name.lower()))] == []


def test_nothing_is_called_a_manager() -> None:
    classes = [node.name for name in python() for node in ast.walk(tree(name)) if isinstance(node, ast.ClassDef)]
    assert [name for name in classes if name.endswith(("Manager", "Helper", "Util", "Utils"))] == []


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("NOTIFY [a-z]+", "each commit that notifies takes one lock of the whole server"),
        ("pg_notify", "each commit that notifies takes one lock of the whole server"),
        ("BaseHTTPMiddleware", "it breaks cancellation and context; write plain ASGI middleware"),
    ],
)
def test_what_is_known_to_hurt_is_not_used(word: str, reason: str) -> None:
    assert [name for name in sources() if re.search(rf"\b{word}\b", text(name))] == [], reason


def test_no_file_names_a_package_registry() -> None:
    own = Path(__file__).name
    assert [name for name in files() if not name.endswith(own) and REGISTRY.search(text(name))] == []
