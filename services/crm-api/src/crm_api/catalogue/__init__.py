"""The catalogue of what rules and triggers can be made of, from which any editor can draw its forms."""
