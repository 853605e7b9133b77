"""What a campaign found: its figures on one line, and everything that was wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Found:
    """The end of a campaign. It was survived when ``problems`` is empty."""

    campaign: str
    figures: dict[str, object] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def expect(self, holds: object, problem: str) -> None:
        """Note a problem unless ``holds``."""
        if not holds:
            self.problems.append(problem)

    def __str__(self) -> str:
        figures = " ".join(f"{name}={value}" for name, value in self.figures.items())
        return f"{self.campaign}: {figures} problems={len(self.problems)}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of them do not exceed; nan when there is none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
