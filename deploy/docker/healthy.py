# ruff: noqa: INP001  a program that the image holds by itself
"""Asks the process of this container whether it can do its work; the exit code is the answer.

Plain sockets, because it runs every few seconds in every container: it costs a fifth of what an HTTP client does.
"""

import socket
import sys

PORT = 8000
PATIENCE = 4.0


def ask(port: int, path: str) -> str:
    """Give the first line of the answer, or what prevents one."""
    try:
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            return connection.makefile(encoding="latin-1").readline().strip()
    except OSError as error:
        return f"no answer: {error}"


if __name__ == "__main__":
    answer = ask(PORT, sys.argv[1] if sys.argv[1:] else "/readyz")
    sys.stdout.write(answer)
    sys.exit(" 200 " not in f"{answer} ")
