"""Firing, planning and cancelling, beside the libraries that people would take instead."""
