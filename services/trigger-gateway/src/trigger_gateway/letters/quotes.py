"""What somebody wrote anew in an answer: without the letter that it answers, and without the signature.

Known are quotations by `>` with the line before them, whatever its language; forwarded headers as Outlook writes them;
and signatures after `-- `. Answers between quoted lines stay.
"""

import re
from itertools import takewhile

MOST_LINES = 5_000
ATTRIBUTION = 3
QUOTED = ">"
SIGNATURE = "-- "
# "-----Original Message-----", "____________".
RULE = re.compile(r"\s*(-{3,}.{0,60}-{3,}|_{10,})\s*")
# "From: Ana <ana@example.com>", in any language.
HEADER = re.compile(r"\s*\*?[^\s:>][^:>]{0,20}:\*?\s+\S.*")
HEADERS = 3


def without_quotes(text: str) -> str:
    """Give what is new in a letter."""
    kept: list[str] = []
    lines = text.replace("\r\n", "\n").split("\n")[:MOST_LINES]
    for at, line in enumerate(lines):
        if line in {SIGNATURE, "--"} or begins_forwarded(lines, at):
            break
        if line.lstrip().startswith(QUOTED):
            drop_attribution(kept)
        else:
            kept.append(line)
    return "\n".join(kept).strip()


def begins_forwarded(lines: list[str], at: int) -> bool:
    """Say whether the headers of an older letter begin here, with a rule before them or with an address in them."""
    ruled = RULE.fullmatch(lines[at][:200]) is not None
    following = [line for line in lines[at + ruled : at + ruled + HEADERS + 2] if line.strip()][:HEADERS]
    are_headers = len(following) == HEADERS and all(HEADER.fullmatch(line[:500]) for line in following)
    return are_headers and (ruled or "@" in following[0])


def drop_attribution(kept: list[str]) -> None:
    """Take the words before a quotation off: "On Monday Ana wrote:", on up to three lines."""
    while kept and not kept[-1].strip():
        kept.pop()
    if kept and kept[-1].rstrip().endswith(":"):
        del kept[-attribution_lines(kept) :]


def attribution_lines(kept: list[str]) -> int:
    """Give how many lines at the end are the attribution: the last paragraph, of a longer one its last line alone."""
    paragraph = list(takewhile(str.strip, kept[: -ATTRIBUTION - 2 : -1]))
    return len(paragraph) if len(paragraph) <= ATTRIBUTION else 1
