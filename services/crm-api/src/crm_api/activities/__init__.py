"""What people do about an item, and what they are reminded of."""
