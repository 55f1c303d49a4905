"""Pipelines, their rules and triggers: edited, checked, published, and as files."""
