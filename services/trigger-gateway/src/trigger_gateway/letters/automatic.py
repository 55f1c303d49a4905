"""Which letters a machine wrote by itself, or wrote to many (RFC 3834, and what mail programs do)."""

from collections.abc import Callable

BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
# Their mere presence says it.
MARKS = ("list-id", "list-unsubscribe", "x-autoreply", "x-autorespond", "x-auto-response-suppress", "feedback-id")
NOBODY = "<>"


def is_automatic(header: Callable[[str], str]) -> bool:
    """Say whether a letter with these headers was written by a machine, or to many."""
    written = header("auto-submitted").partition(";")[0].strip().lower()
    if written and written != "no":
        return True
    if header("precedence").strip().lower() in BULK or header("return-path").strip() == NOBODY:
        return True
    return any(header(name) for name in MARKS)
