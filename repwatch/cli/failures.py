"""Turns whatever ends a command early into one line on stderr and an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click
from click.exceptions import NoArgsIsHelpError

from repwatch.cli.exits import BAD_CONFIG, FAILED, INTERRUPTED, MISUSED
from repwatch.errors import ConfigError, RepwatchError, StoreError
from repwatch.masking import hide


@contextmanager
def told() -> Iterator[None]:
    """Let a command run; every failure that can be expected ends in SystemExit, told in one line."""
    try:
        yield
    except ConfigError as error:
        fail(error_text(error), BAD_CONFIG)
    except RepwatchError as error:
        fail(str(error), BAD_CONFIG if isinstance(error, StoreError) else FAILED)
    except click.ClickException as error:
        misused(error)
    except click.Abort as error:
        stopped(error)
    except KeyboardInterrupt:
        fail("stopped", INTERRUPTED)
    except BrokenPipeError:
        hang_up()
    except OSError as error:
        fail(os_error_text(error), FAILED)
    except Exception:  # noqa: BLE001 - a defect: its traceback is for us, but no secret is
        defective()


def defective() -> NoReturn:
    """A mistake in the program: the whole traceback, without secrets."""
    import traceback

    fail(f"this is a defect of the program, please report it\n{traceback.format_exc()}", FAILED)


def fail(text: str, code: int) -> NoReturn:
    """Say why on stderr and exit with ``code``."""
    click.echo(f"repwatch: {hide(text)}", err=True)
    sys.exit(code)


def misused(error: click.ClickException) -> NoReturn:
    """A command line that makes no sense: what is wrong, and whose help to read."""
    if isinstance(error, NoArgsIsHelpError):
        error.show()
        sys.exit(error.exit_code)
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "repwatch"
    fail(f"{one_line(error.format_message()).rstrip('.')}; see '{path} --help'", MISUSED)


def stopped(error: click.Abort) -> NoReturn:
    """A question that was not answered: Ctrl-C, "no", or the end of the input."""
    before = error.__cause__ or error.__context__
    if isinstance(before, KeyboardInterrupt):
        fail("stopped", INTERRUPTED)
    if isinstance(before, EOFError):
        fail("the input ended before the last question; answer it, or see '--help' for options", FAILED)
    fail("stopped, as you wished; nothing was done", FAILED)


def hang_up() -> NoReturn:
    """The reader of our output has left, as ``head`` does: end without a word."""
    # What is still buffered goes nowhere, or the interpreter would complain while it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(FAILED)


def error_text(error: ConfigError) -> str:
    """One line for one mistake; for several, or with the place shown, a last line says what to do."""
    if len(error.problems) == 1 and "\n" not in error.problems[0]:
        return str(error)
    count = len(error.problems)
    what = error.next_step or f"mend {'it' if count == 1 else f'these {count} mistakes'} and try again"
    return "\n".join([*error.problems, f"({what})"])


def os_error_text(error: OSError) -> str:
    """What the system refused, and for which file."""
    cause = error.strerror or str(error)
    if not error.filename:
        return f"{cause}; check the disk and the permissions"
    return f"{error.filename}: {cause}; check the path and who may write there"


def one_line(text: str) -> str:
    """The text with its line ends made spaces."""
    return " ".join(text.split())
