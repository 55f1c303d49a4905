"""Items, what they hold and link to, and every change of them."""
