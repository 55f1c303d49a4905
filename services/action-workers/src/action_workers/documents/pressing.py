"""Has documents made in processes of their own, and ends one that takes too long."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chassis.errors import Rejected, Retryable

from action_workers.documents.press import DONE, REFUSED

LONGEST = 30.0  # seconds
PRESS = (sys.executable, "-I", "-m", "action_workers.documents.press")
# All that these processes know of the deployment; the worker's own settings hold its secrets.
SURROUNDINGS = {"PATH": f"/usr/local/bin:{os.defpath}", "LANG": "C.UTF-8", "HOME": tempfile.gettempdir()}
LARGEST = 20 * 1024 * 1024  # bytes


async def pressed(job: Mapping[str, Any], content: bytes, *, longest: float = LONGEST) -> bytes:
    """Give the document that a job makes of a content; raises `Rejected` that says why there is none."""
    answer = await run(PRESS, json.dumps(job).encode() + b"\n" + content, longest=longest)
    told, made = answer[:1], answer[1:]
    if told == REFUSED:
        raise Rejected(made.decode())
    if told != DONE:
        raise Rejected("the document needs more memory or time than it may have; make its template or lists shorter")
    return keepable(made)


async def converted(program: str, letter: bytes, *, longest: float = LONGEST) -> bytes:
    """Give a DOCX as PDF by LibreOffice, each time with a profile of its own; raises `Rejected`, `Retryable`."""
    with tempfile.TemporaryDirectory(prefix="document-") as name:
        folder = Path(name)
        source, printed = folder / "document.docx", folder / "document.pdf"
        await asyncio.to_thread(source.write_bytes, letter)
        options = ("--headless", "--norestore", f"-env:UserInstallation={(folder / 'profile').as_uri()}")
        command = (program, *options, "--convert-to", "pdf", "--outdir", name, str(source))
        try:
            await run(command, b"", longest=longest)
        except FileNotFoundError:
            raise Retryable(f"LibreOffice is not at {program}; set ACTION_WORKERS_LIBRE_OFFICE") from None
        if not printed.is_file():
            raise Rejected("LibreOffice cannot print this document; save its template afresh as DOCX, or use docx")
        return keepable(await asyncio.to_thread(printed.read_bytes))


async def run(command: Sequence[str], given: bytes, *, longest: float) -> bytes:
    """Run a program and give what it writes; raises `Rejected` where it takes longer than `longest` seconds."""
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, stderr=nothing, env=SURROUNDINGS, start_new_session=True
    )
    try:
        async with asyncio.timeout(longest):
            written, _ = await process.communicate(given)
    except TimeoutError:
        raise Rejected(f"the document takes longer than {longest:g} s to make; make its template shorter") from None
    finally:
        if process.returncode is None:
            # Its children too: LibreOffice is a script that starts another program. It may just have ended by itself.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return written


def keepable(made: bytes) -> bytes:
    """Give a document that can be kept; raises `Rejected` for one that is too large."""
    if len(made) > LARGEST:
        raise Rejected(f"the document is {len(made)} bytes; it may have {LARGEST}; make its pictures smaller")
    return made
