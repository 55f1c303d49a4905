"""Signals, decided on the truth."""
