"""Ports are chosen before anybody listens on them: no two who choose at the same time choose the same."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from stack.ports import FIRST, LAST, SHARES, free_port

MANY = (LAST - FIRST) // SHARES // 2
PROGRAM = f"from stack.ports import free_port; print(*(free_port() for _ in range({MANY})))"


def test_a_port_that_was_given_is_not_given_again_while_nobody_listens_on_it_yet() -> None:
    ports = [free_port() for _ in range(MANY)]
    assert len(set(ports)) == MANY
    assert all(FIRST <= port < LAST for port in ports)


def test_threads_that_choose_at_once_are_given_different_ports() -> None:
    with ThreadPoolExecutor(8) as threads:
        ports = list(threads.map(lambda _: free_port(), range(MANY)))
    assert len(set(ports)) == MANY


def chosen(process: subprocess.Popen[str]) -> set[int]:
    told, _ = process.communicate(timeout=120)
    return set(map(int, told.split()))


def test_two_processes_of_neighbouring_numbers_choose_from_different_shares() -> None:
    first, second = (
        subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)  # noqa: S603  ours
        for _ in range(2)
    )
    numbers = {first.pid % SHARES, second.pid % SHARES}
    assert chosen(first).isdisjoint(chosen(second)) is (len(numbers) == 2)
