"""Rates as people write them: the address says the currency and the day, the body what one unit is worth."""

from datetime import date

from automation.knowledge import Knowledge
from contracts.config import Rate
from contracts.data import JsonObject

from crm_api.config.currencies import is_known
from crm_api.fields import FieldError
from crm_api.goods.amounts import read_exact


def say_address(id_: str, given: JsonObject, knowledge: Knowledge) -> None:
    """Put what the address of a rate says into it; it leads to the portal's currency where nothing else is said."""
    currency, _, on = id_.partition("/")
    for key, said in (("currency", currency), ("on", on)):
        if given.setdefault(key, said) != said:
            raise FieldError(key, f"it says {given[key]!r}, the address says {said!r}", "leave it out")
    if not is_day(on):
        raise FieldError("id", f"{id_!r} does not name a currency and a day", "write it like 'USD/2026-11-22'")
    given.setdefault("to", knowledge.portal.currency)
    try:
        read_exact(given.get("rate"))
    except ValueError as error:
        raise FieldError("rate", f"{given.get('rate')!r} is not exact", str(error)) from None


def is_day(written: str) -> bool:
    """Say whether a text is a day as it is written here."""
    try:
        return date.fromisoformat(written).isoformat() == written
    except ValueError:
        return False


def check_rate(rate: Rate, _: Knowledge) -> None:
    """Refuse a rate between what are no two currencies."""
    for key, currency in (("currency", rate.currency), ("to", rate.to)):
        check_currency(key, currency)
    if rate.currency == rate.to:
        raise FieldError("to", f"a rate from {rate.to} to itself", "name another currency")


def check_currency(field: str, currency: str) -> None:
    """Refuse what is no currency."""
    if not is_known(currency):
        raise FieldError(field, f"{currency!r} is no currency", "use its three letters (ISO 4217), like 'EUR'")
