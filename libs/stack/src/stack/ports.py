"""Ports that nobody uses."""

import random
import socket

# Below what the kernel hands out to connecting clients (32768 and up): while a server restarts, no client that
# tries to reach it can be given the server's own port.
FIRST, LAST = 20_000, 32_000


def free_port() -> int:
    """Choose a port of 127.0.0.1 on which nothing listens."""
    for port in random.sample(range(FIRST, LAST), 200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port between {FIRST} and {LAST}")
