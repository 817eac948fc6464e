"""What in a text may tell who wrote it, or who is meant: found by rules and lists, offline (docs/decisions/0015-anonymity.md)."""

from advice.anonymity.finding import find, replace
from advice.anonymity.patterns import is_profile
from advice.anonymity.sorts import Find, Sort

__all__ = ["Find", "Sort", "find", "is_profile", "replace"]
