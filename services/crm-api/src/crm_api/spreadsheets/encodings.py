"""In which encoding a text file is written, where nobody says it."""

import codecs
import re

from charset_normalizer import from_bytes

from crm_api.fields import FieldError

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What spreadsheet programs write; where several fit equally well, the first is meant.
COMMON = ("cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1257", "shift_jis", "gb18030", "big5", "euc_kr")
LATIN = {"cp1250", "cp1252", "cp1254", "cp1257", "latin_1", "iso8859_15", "mac_roman"}
# Without a mark at the beginning of a file they say nothing of the order of its bytes.
OF_MARKS = ("utf-16", "utf-32")
SAMPLE = 1 << 17
# What else Python calls an encoding is none of files; some of them take very long, and UTF-7 gives halves of letters.
OF_FILES = re.compile(r"(utf(?!-7)|cp|iso8859|koi8|mac|shift|euc|gb|big5|ascii|tis|hz|johab|iso2022)[a-z0-9_-]*")
FIX = "save the file as CSV UTF-8, or say the encoding"


def encoding_of(content: bytes, said: str = "") -> str:
    """Give the encoding of a text file: the one that is said, or the one that it looks like; raises `FieldError`."""
    found = marked(known(said), content) if said else guessed(content)
    try:
        text = content.decode(found)
    except UnicodeDecodeError as error:
        raise FieldError("encoding", f"byte {error.start} is not {found}", FIX) from None
    if "\0" in text:
        raise FieldError("file", "this is not a text file", "send a CSV or XLSX file")
    return found


def known(said: str) -> str:
    """Give an encoding of texts by its name; raises `FieldError`."""
    try:
        found = codecs.lookup(said).name
    except (LookupError, ValueError):
        found = ""
    if not OF_FILES.fullmatch(found):
        raise FieldError("encoding", f"nobody knows the encoding {said!r}", "use a name like utf-8 or cp1252")
    return "utf-8-sig" if found == "utf-8" else found


def marked(said: str, content: bytes) -> str:
    """Give the kind of UTF-16 or UTF-32 that a file has: by the mark at its beginning, else by its first letter."""
    for bom, encoding in BOMS:
        if content.startswith(bom) and said.startswith(encoding):
            return encoding
    if said not in OF_MARKS:
        return said
    return f"{said}-be" if content[:1] == b"\0" else f"{said}-le"


def guessed(content: bytes) -> str:
    """Give the encoding that a file looks like: by its first bytes, as UTF-8, else by how its words read."""
    return by_first_bytes(content) or ("utf-8" if is_utf8(content) else by_words(content))


def by_first_bytes(content: bytes) -> str:
    """Give the encoding that the first bytes say, "" where they say none: half of a letter in UTF-16 is mostly 0."""
    for bom, encoding in BOMS:
        if content.startswith(bom):
            return encoding
    if content[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if content[:1] == b"\0" else ""


def by_words(content: bytes) -> str:
    """Give the encoding in which the words of a file are likeliest ones."""
    best = from_bytes(content[:SAMPLE], cp_isolation=list(COMMON)).best()
    found = best.encoding if best else "cp1252"
    # Western letters stand at the same places in their encodings: the commonest of them is the likeliest.
    return "cp1252" if found in LATIN and decodes(content, "cp1252") else found


def is_utf8(content: bytes) -> bool:
    """Say whether bytes are UTF-8 text."""
    return decodes(content, "utf-8") and b"\0" not in content


def decodes(content: bytes, encoding: str) -> bool:
    """Say whether bytes can be read so."""
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
