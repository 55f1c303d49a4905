"""Texts of requests that travel on to others before any database has read them."""

from typing import Annotated

from pydantic import AfterValidator

from crm_api.fields import storable


def kept(text: str) -> str:
    """Refuse a text that nobody could keep."""
    if not storable(text):
        raise ValueError("it has characters that are not text; leave out NUL")
    return text


KeptText = Annotated[str, AfterValidator(kept)]
