"""Providers that speak the real protocols and fail on demand."""
