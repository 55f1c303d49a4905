"""What is sold: products, the rows of goods of an item, and what they come to."""
