"""A letter that came in, read."""

from dataclasses import dataclass, field

LONGEST_TEXT = 20_000
# A text as it came: what it quotes is taken off before it is cut.
LONGEST_WITH_QUOTES = 10 * LONGEST_TEXT
LONGEST_LINE = 1_000
MOST_REFERENCES = 50


@dataclass(frozen=True, slots=True)
class File:
    """A file of a letter; its bytes stay in what is kept of the delivery."""

    name: str
    size: int
    content_type: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter, read; `answers` are the ids of the letters that it answers, the nearest first.

    `automatic` says that a machine wrote it by itself, or wrote it to many. `bounced` is why a letter of ours did not
    arrive, where this one says so; then `answers` begins with that one.
    """

    sender: str
    name: str = ""
    to: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    message_id: str = ""
    answers: tuple[str, ...] = ()
    files: tuple[File, ...] = field(default=())
    automatic: bool = False
    bounced: str = ""
