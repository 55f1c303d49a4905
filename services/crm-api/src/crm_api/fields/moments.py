"""Moments as people send them, which may lie where no clock of the database goes."""

from datetime import UTC, datetime

from crm_api.fields.errors import FieldError


def in_utc(field: str, moment: datetime) -> datetime:
    """Give an aware moment in UTC; raises `FieldError` for one that lies before the year 1 or behind 9999 there."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        fix = "send one between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z"
        raise FieldError(field, "there is no such moment in UTC", fix) from None
