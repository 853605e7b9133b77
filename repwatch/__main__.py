"""Starts the program: ``repwatch`` and ``python -m repwatch`` alike."""

from __future__ import annotations

import gc

from repwatch.cli.group import repwatch


def main() -> None:
    """Run the command line.

    Imports and rounds make millions of values without cycles: looking for garbage among them each time
    costs a tenth of the CPU.
    """
    gc.set_threshold(50_000, 20, 20)
    repwatch(prog_name="repwatch")


if __name__ == "__main__":
    main()
