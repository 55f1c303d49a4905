"""Providers that speak the real protocols and fail on demand."""

from simulators.simulation import Simulation, running

__all__ = ["Simulation", "running"]
