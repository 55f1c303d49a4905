"""Who is in which audience, why, and until when."""
