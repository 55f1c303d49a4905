"""Letters: their texts and HTML, their files, what they carry to be known again, and how they are put together."""
