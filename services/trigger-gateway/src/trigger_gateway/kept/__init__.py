"""Deliveries that were kept: looked at, replayed, tried with another mapping, and forgotten after a time."""
