"""Names of people as they are compared."""

from __future__ import annotations

import unicodedata


def fold_name(name: str) -> str:
    """Letters only, lower case, without marks (identity, section 2)."""
    text = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in text if letter.isalpha())
