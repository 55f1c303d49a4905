"""The `stack` command: up, down, status."""

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import get_args

from stack.errors import StackError
from stack.running import Kind, start
from stack.runs import recorded_runs, sweep


def main(arguments: list[str] | None = None) -> int:
    """Run one of the three commands; give the exit code."""
    parser = argparse.ArgumentParser(prog="stack", description="A broker and a database on this machine.")
    parser.add_argument("--home", type=Path, default=Path(".local"), help="where runs are kept (default: .local)")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start both servers and keep them until Ctrl-C")
    up.add_argument("--kind", choices=get_args(Kind), default="auto", help="how they run (default: auto)")
    commands.add_parser("down", help="stop every run of this directory and remove what it left")
    commands.add_parser("status", help="show the runs of this directory")
    asked = parser.parse_args(arguments)
    try:
        return {"up": lambda: _up(asked.kind, asked.home), "down": lambda: _down(asked.home)}.get(
            asked.command, lambda: _status(asked.home)
        )()
    except StackError as error:
        _say(f"stack: {error}")
        return 1


def _up(kind: Kind, home: Path) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    handle = start(kind, home=home, say=_say)
    try:
        with handle as stack:
            _say(f"KAFKA_BOOTSTRAP_SERVERS={stack.kafka}\nDATABASE_URL={stack.postgres}")
            while handle.alive():
                time.sleep(0.5)
            raise StackError("a server has ended; the rest is stopped")
    except KeyboardInterrupt:
        return 0


def _down(home: Path) -> int:
    gone = sweep(home, also_live=True)
    for run in gone:
        _say(f"stopped {run.id}")
    if not gone:
        _say("nothing runs")
    return 0


def _status(home: Path) -> int:
    for run in recorded_runs(home):
        where = f"{run.stack['kind']}, {run.stack['kafka']}, {run.stack['postgres']}" if run.stack else "starting"
        _say(f"{run.id} {'live' if run.live else 'crashed'}: {where}")
        for name, server in run.servers.items():
            process = server.process()
            size = f"{process.memory_info().rss >> 20} MB" if process else "gone"
            _say(f"  {name} pid {server.pid}, {size}")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
