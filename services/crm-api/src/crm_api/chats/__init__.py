"""Conversations with clients in messengers."""
