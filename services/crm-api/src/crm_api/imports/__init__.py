"""Imports: rows of a spreadsheet become items, chunk by chunk."""
