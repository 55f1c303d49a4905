"""The account that PostgreSQL runs as, since it refuses to run as root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

NAMES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An account without rights; None for both means that we are such a one ourselves."""

    user: int | None = None
    group: int | None = None

    @classmethod
    def choose(cls) -> "Account":
        """Choose a harmless account when we are root, else our own."""
        if os.geteuid() != 0:
            return cls()
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        entry = next(known[name] for name in NAMES if name in known)
        return cls(entry.pw_uid, entry.pw_gid)

    @property
    def further_groups(self) -> list[int] | None:
        """None of root's groups go along."""
        return None if self.user is None else []

    def reaches(self, path: Path) -> bool:
        """Tell whether the account, seen as a stranger, may enter each folder down to a path."""
        if self.user is None:
            return True
        path = path.resolve()
        return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents])

    def own(self, root: Path) -> None:
        """Give a path, and all that is below it, to the account."""
        if self.user is None or self.group is None:
            return
        for folder, _, files in os.walk(root):
            for path in (folder, *(os.path.join(folder, name) for name in files)):  # noqa: PTH118  hot for a program
                os.chown(path, self.user, self.group, follow_symlinks=False)
