"""Long columns as one text each: to encode an array the driver looks at each element (`make bench NAME=columns`)."""

from collections.abc import Iterable, Sequence

# Neither stands in JSON, where control characters are escaped, nor in a name of ours.
BETWEEN, NOTHING = "\x01", "\x02"


def texts(column: Iterable[str | None]) -> str:
    """Give texts as one, of which none is empty and which `split` takes apart."""
    return BETWEEN.join([NOTHING if text is None else text for text in column])


def split(parameter: str) -> str:
    """Give the SQL of the array that `texts` made one parameter, such as `$1`, of."""
    return f"string_to_array({parameter}, chr({ord(BETWEEN)}), chr({ord(NOTHING)}))"


def places(found: Sequence[str]) -> str:
    """Give the `ctid::text` of rows as one, for `$1::text::tid[]`."""
    return '{"' + '","'.join(found) + '"}' if found else "{}"
