"""Ports that nobody uses."""

import os
import random
import socket
from collections import deque
from threading import Lock

# Below what the kernel hands out to connecting clients (32768 and up): while a server restarts, no client that
# tries to reach it can be given the server's own port.
FIRST, LAST = 20_000, 32_000
# Each process chooses from a share of its own, and what it has given it does not give again soon: between the choice
# and the server that listens, somebody else would find the port free.
SHARES = 32
_given: deque[int] = deque(maxlen=(LAST - FIRST) // SHARES // 2)
_choosing = Lock()


def free_port() -> int:
    """Choose a port of 127.0.0.1 on which nothing listens, and which was not chosen lately."""
    share = range(FIRST + os.getpid() % SHARES, LAST, SHARES)
    with _choosing:
        for port in random.sample(share, len(share)):
            if port not in _given and _is_free(port):
                _given.append(port)
                return port
    raise OSError(f"no free port among {len(share)} between {FIRST} and {LAST}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
