"""Starts the program: ``repwatch`` and ``python -m repwatch`` alike."""

from __future__ import annotations

from repwatch.cli.group import repwatch


def main() -> None:
    """Run the command line."""
    repwatch(prog_name="repwatch")


if __name__ == "__main__":
    main()
