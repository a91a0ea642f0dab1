"""What Relationship/Code (NCES 0609) says, in the words of the sheet's Relationship column."""

from __future__ import annotations

from typing import Any

# Codes that make a contact a guardian, unless ContactFlags/ParentLegalGuardian says No.
GUARDIANS = frozenset({"1727", "1735", "1726", "1734", "1728", "1736", "1749", "1753", "1765"})
_WORDS = {
    "1735": "Mother", "1727": "Father", "1749": "Parent", "1736": "Stepmother", "1728": "Stepfather",
    "1730": "Grandparent", "1731": "Grandparent", "1720": "Aunt", "1744": "Uncle", "1721": "Sibling",
    "1722": "Sibling", "1723": "Sibling", "1740": "Sibling", "1741": "Sibling", "1742": "Sibling",
    "1726": "Foster Parent", "1734": "Foster Parent", "1765": "Foster Parent", "1753": "Guardian",
}
_LABELS = {
    "1552": "Employer", "1724": "Cousin", "1725": "Daughter", "1729": "Friend", "1732": "Husband", "1737": "Nephew",
    "1738": "Niece", "1739": "Significant other", "1743": "Son", "1745": "Ward", "1746": "Wife",
    "1747": "Adopted son", "1750": "Advisor", "1751": "Agency representative", "1752": "Brother-in-law",
    "1754": "Daughter-in-law", "1755": "Dependent", "1757": "Former husband", "1758": "Former wife",
    "1759": "Family member", "1760": "Father's significant other", "1761": "Father-in-law", "1762": "Fiancé",
    "1763": "Fiancée", "1764": "Foster daughter", "1766": "Foster son", "1767": "Granddaughter", "1769": "Grandson",
    "1770": "Great aunt", "1771": "Great uncle", "1772": "Life partner", "1773": "Life partner of parent",
    "1774": "Minister or priest", "1775": "Mother's significant other", "1776": "Mother-in-law", "1777": "Partner",
    "1778": "Partner of parent", "1779": "Probation officer", "1780": "Sister-in-law", "1781": "Son-in-law",
    "1782": "Stepson", "4987": "Stepdaughter", "5006": "Adopted daughter", "9998": "None", "9999": "Other",
}


def is_guardian(fields: dict[str, Any]) -> bool:
    """Whether a contact is a guardian: the flag says so, or the relationship does and the flag doesn't deny it."""
    flag = (fields.get("flags") or {}).get("ParentLegalGuardian")
    return flag == "Yes" or (flag != "No" and (fields.get("relationship") or "").strip() in GUARDIANS)


def words_of(code: str | None) -> tuple[str, str]:
    """The word of the list, and the label to show. Who is said to be a legal guardian and no more is a Guardian."""
    code = (code or "").strip()
    if not code:
        return "Guardian", "Guardian"
    if word := _WORDS.get(code):
        return word, word
    return "Other", _LABELS.get(code, code)[:32]
