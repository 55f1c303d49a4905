"""Names that people gave in several languages."""

from contracts.rules import Text

DEFAULT = "en"


def said(text: Text, language: str, otherwise: str = "") -> str:
    """Give what people called something in a language, else in English, else in any other, else `otherwise`."""
    if isinstance(text, str):
        return text or otherwise
    return text.get(language) or text.get(DEFAULT) or next(filter(None, text.values()), "") or otherwise
