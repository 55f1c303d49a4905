"""The stream of an item and of the company: posts, comments, and who is named in them."""
