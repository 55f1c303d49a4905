"""Starts and stops a broker and a database on one machine."""
