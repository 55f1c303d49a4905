"""How many SMS a text takes (3GPP TS 23.038 alphabets, 23.040 concatenation), as Twilio counts them."""

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
)
GSM_EXTENDED = frozenset("^{}\\[~]|€\f")
GSM_LIMITS = (160, 153)
UCS2_LIMITS = (70, 67)
LAST_SINGLE_UNIT = 0xFFFF


def count_segments(text: str) -> int:
    """Count the parts; an escaped letter or a surrogate pair never straddles two of them."""
    if set(text) <= GSM_BASIC | GSM_EXTENDED:
        (single, part), widths = GSM_LIMITS, [2 if letter in GSM_EXTENDED else 1 for letter in text]
    else:
        (single, part), widths = UCS2_LIMITS, [2 if ord(letter) > LAST_SINGLE_UNIT else 1 for letter in text]
    return 1 if sum(widths) <= single else _pack(widths, part)


def _pack(widths: list[int], room: int) -> int:
    parts, used = 1, 0
    for width in widths:
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return parts
