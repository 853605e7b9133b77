"""Small words that several commands print."""

from __future__ import annotations


def count(number: int, one: str, many: str = "") -> str:
    """``1 source``, ``2 sources``; ``many`` where an s is not enough."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
