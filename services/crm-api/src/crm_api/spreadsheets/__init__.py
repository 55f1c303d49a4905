"""Spreadsheets: how rows are read from files and written to them."""
