"""One door for events from outside, and the triggers that they wake."""
