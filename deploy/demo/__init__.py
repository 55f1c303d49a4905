"""The furniture shop: its set-up, and the story that is played through it."""
