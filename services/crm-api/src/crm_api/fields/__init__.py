"""What the fields of an item may hold: each value is read as its kind says, or refused with the way to mend it."""

from crm_api.fields.completeness import missing, require
from crm_api.fields.errors import FieldError, Unfit
from crm_api.fields.identities import identities, normal_email, normal_phone, several
from crm_api.fields.reading import LONGEST_STRING, LONGEST_TEXT, Reading, storable
from crm_api.fields.values import (
    ATTRIBUTES,
    READERS,
    defaults,
    read_fields,
    read_one,
    read_responsible,
    read_title,
    read_value,
    read_values,
)

__all__ = [
    "ATTRIBUTES",
    "LONGEST_STRING",
    "LONGEST_TEXT",
    "READERS",
    "FieldError",
    "Reading",
    "Unfit",
    "defaults",
    "identities",
    "missing",
    "normal_email",
    "normal_phone",
    "read_fields",
    "read_one",
    "read_responsible",
    "read_title",
    "read_value",
    "read_values",
    "require",
    "several",
    "storable",
]
