"""Phone numbers as people write them, read by their digits alone."""

import re

import phonenumbers

# From where a number begins to its last letter or digit, as the library finds it among words.
NUMBER = re.compile(r"[+\uff0b\d](?:[^;]*[^\W_])?")


def read_number(written: str, country: str) -> phonenumbers.PhoneNumber | None:
    """Read a number, None where there is none that is possible; one without a country code is of `country`.

    Letters are no digits: the library reads three of them as keys of a telephone, so that `0664 1234567 home` would be
    somebody else's number. Lengths are checked, ranges are not: one that was opened yesterday is no reason to lose a
    client.
    """
    found = NUMBER.search(written)
    if found is None or phonenumbers.is_alpha_number(found[0]):
        return None
    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None
