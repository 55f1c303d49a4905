"""Long columns as one text each: to encode an array the driver looks at each element (`make bench NAME=columns`)."""

from collections.abc import Iterable, Sequence

# Neither stands in JSON, where control characters are escaped, nor in a name of ours.
BETWEEN, NOTHING = "\x01", "\x02"
ONE_EMPTY = NOTHING * 2


def texts(column: Iterable[str | None]) -> str:
    """Give texts as one, which `split` takes apart."""
    listed = [NOTHING if text is None else text for text in column]
    # Nothing between nothing is no text at all, and one empty text must be one.
    return BETWEEN.join(listed) or ONE_EMPTY * len(listed)


def split(parameter: str) -> str:
    """Give the SQL of the array that `texts` made one parameter, such as `$1`, of."""
    nothing = f"chr({ord(NOTHING)})"
    parts = f"string_to_array({parameter}, chr({ord(BETWEEN)}), {nothing})"
    return f"CASE WHEN {parameter}::text = {nothing} || {nothing} THEN ARRAY[''] ELSE {parts} END"


def places(found: Sequence[str]) -> str:
    """Give the `ctid::text` of rows as one, for `$1::text::tid[]`."""
    return '{"' + '","'.join(found) + '"}' if found else "{}"
