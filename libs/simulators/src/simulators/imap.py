"""A real IMAP server, pymap, in a process of its own, whose letters end with it."""

import asyncio
import contextlib
import imaplib
import ssl
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

USER, PASSWORD = "shop@example.com", "letters"
STARTS_WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class ImapServer:
    """A running server with one user and an empty INBOX; with a certificate it speaks to nobody but by TLS."""

    host: str
    port: int
    user: str = USER
    password: str = PASSWORD
    trusted: Path | None = None

    @property
    def settings(self) -> dict[str, object]:
        """Give the settings of a source that reads it."""
        tls = "starttls" if self.trusted else "none"
        return {"host": self.host, "port": self.port, "tls": tls, "user": self.user}

    async def put(self, *letters: bytes) -> None:
        """Put letters into the INBOX, as its mail server would."""
        await asyncio.to_thread(self._put, letters)

    async def answers(self) -> bool:
        """Say whether it takes its user."""
        try:
            await asyncio.to_thread(self._put, ())
        except (OSError, imaplib.IMAP4.error):
            return False
        return True

    def _put(self, letters: tuple[bytes, ...]) -> None:
        with imaplib.IMAP4(self.host, self.port, timeout=10) as client:
            if self.trusted:
                client.starttls(ssl.create_default_context(cafile=str(self.trusted)))
            client.login(self.user, self.password)
            for letter in letters:
                client.append("INBOX", "", imaplib.Time2Internaldate(time.time()), letter)


@asynccontextmanager
async def imap_server(
    port: int, host: str = "127.0.0.1", certificate: tuple[Path, Path] | None = None
) -> AsyncIterator[ImapServer]:
    """Run a server on a port, with a certificate and its key where they are given; raises `RuntimeError`."""
    tls = ["--cert", str(certificate[0]), "--key", str(certificate[1])] if certificate else ["--no-tls"]
    program = [str(Path(sys.executable).parent / "pymap"), "--host", host, "--port", str(port), *tls, "dict"]
    process = await asyncio.create_subprocess_exec(
        *program,
        "--demo-user",
        USER,
        "--demo-password",
        PASSWORD,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    server = ImapServer(host, port, trusted=certificate[0] if certificate else None)
    try:
        await _started(server)
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _started(server: ImapServer) -> None:
    try:
        async with asyncio.timeout(STARTS_WITHIN):
            while not await server.answers():  # noqa: ASYNC110  seen from outside, as its users see it
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise RuntimeError(f"the IMAP server did not start within {STARTS_WITHIN:.0f} s") from None
