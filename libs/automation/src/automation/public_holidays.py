"""Public holidays by country, from the `holidays` library: data about the past and the coming decades, no network."""

from datetime import date

from automation.documents import DocumentError


def public_holidays(country: str, year: int) -> frozenset[date]:
    """Give a year's holidays of a country (`PT`) or of a part of it (`DE-BY`, ISO 3166-2); raises `DocumentError`."""
    if not country:
        return frozenset()
    # The library takes a second to load, which only those should spend whose calendar names a country.
    from holidays import country_holidays  # noqa: PLC0415

    name, _, part = country.partition("-")
    try:
        # Neighbouring years tell what they observe in this one: a New Year's Day that is kept on a Friday in December.
        found = country_holidays(name, subdiv=part or None, years=(year - 1, year, year + 1), expand=False)
    except NotImplementedError:
        fix = "write an ISO code like PT, or DE-BY for a part of a country"
        raise DocumentError("country", f"no holidays are known for {country!r}", fix) from None
    return frozenset(day for day in found if day.year == year)
