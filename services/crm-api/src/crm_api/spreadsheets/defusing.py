"""Keeps a spreadsheet program from running what somebody wrote into a field.

A cell of a CSV file that begins with one of these signs is read as a formula (OWASP, CSV Injection); an apostrophe
before it makes it a text. Cells of an XLSX file say themselves that they are texts.
"""

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
GUARD = "'"


def defused(text: str) -> str:
    """Give a text as a CSV cell that no spreadsheet program takes for a formula."""
    return GUARD + text if text.startswith(DANGEROUS) else text


def meant(cell: str) -> str:
    """Give the text that a cell was before it was defused."""
    return cell[1:] if cell.startswith(GUARD) and cell[1:].startswith(DANGEROUS) else cell
