"""One small function for every check of the tree, by subject: `(case) -> Finding`, entered under its name."""

from rostering.why.checks import (
    account,
    enrollment,
    feed,
    field,
    guardian,
    login,
    match,
    sections,
    source,
    validation,
)
from rostering.why.checks.base import CHECKS

__all__ = ["CHECKS", "account", "enrollment", "feed", "field", "guardian", "login", "match", "sections", "source",
           "validation"]
