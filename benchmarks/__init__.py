"""One file for each measured question; each run ends with one line of JSON that holds its figures."""
