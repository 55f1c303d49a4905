"""The record told once more, and brought back."""
