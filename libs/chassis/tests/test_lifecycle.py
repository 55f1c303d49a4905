"""What a process asks of the system while it runs."""

import subprocess
import sys

import pytest
from chassis.lifecycle import keep_memory

# Buffers of some megabytes together, as a relay has them, over and over: how many pages the system had to give.
FAULTS = """
import resource
from chassis.lifecycle import keep_memory
if {kept}:
    keep_memory()
piece = b"x" * 4_000_000
for _ in range(20):
    buffers = [b"".join((piece, b"y")) for _ in range(5)]
    del buffers
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""


def faults(*, kept: bool) -> int:
    program = FAULTS.format(kept=kept)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60)  # noqa: S603  ours
    return int(done.stdout)


def test_memory_of_large_messages_is_used_again() -> None:
    if not keep_memory():
        pytest.skip("only glibc's allocator is told what to keep")
    assert faults(kept=True) + 20_000 < faults(kept=False)
