"""Processes that may outlive the one that started them."""

import os
import signal
import time
from dataclasses import dataclass

import psutil

SAME = 1.0  # seconds by which two readings of one process's start may differ when the clock is set


@dataclass(frozen=True)
class Identity:
    """A process, told from a later one with the same pid by when it was created, and how to end it."""

    pid: int
    created: float
    farewell: int = int(signal.SIGKILL)

    @classmethod
    def of(cls, pid: int, farewell: signal.Signals = signal.SIGKILL) -> "Identity":
        """Identify a process that runs now."""
        return cls(pid, psutil.Process(pid).create_time(), int(farewell))

    def process(self) -> psutil.Process | None:
        """Find the very process, if it still runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < SAME
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


def end(identity: Identity, patience: float = 5.0) -> None:
    """End a process in the way that it takes; kill it and its children when it stays."""
    process = identity.process()
    if process is None:
        return
    try:
        family = [process, *process.children(recursive=True)]
        os.kill(identity.pid, identity.farewell)
    except (psutil.NoSuchProcess, ProcessLookupError):
        return
    deadline = time.monotonic() + patience
    while identity.process() is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    for member in family:
        try:
            member.kill()  # psutil refuses when the pid has gone to another process
        except psutil.NoSuchProcess:
            continue
