"""Persons whose data is gone for good."""
