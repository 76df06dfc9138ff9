"""The command line ``drawbridge``: results on standard output, everything else on standard error.

Exit codes: 0 done, 1 the answer is no, 2 bad input with one sentence that says what to do.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper

import typer

from server.cli.app import application
from server.cli.errors import EXIT_CODES, No
from server.cli.output import say


def main() -> None:
    """Run the command line and leave with its exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # a draft is UTF-8, whatever the terminal speaks
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and give its exit code."""
    try:
        app = application(arguments)
        return int(app(args=arguments or ["--help"], prog_name="drawbridge", standalone_mode=False) or 0)
    except typer.Exit as error:
        return error.exit_code
    except typer.TyperException as error:
        words = getattr(error, "format_message", error.__str__)().replace("Value error, ", "").rstrip(".")
        context = getattr(error, "ctx", None)
        say(_sentence(f"{words}; see {context.command_path if context else 'drawbridge'} --help"))
        return 2
    except (typer.Abort, KeyboardInterrupt):
        say("drawbridge: stopped")
        return 130
    except No as answer:
        say(str(answer))
        return 1
    except tuple(EXIT_CODES) as error:
        say(_sentence(str(error)))
        return next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))


def _sentence(text: str) -> str:
    """An error in one line, whatever line ends a name or a message may hold."""
    return f"drawbridge: {' '.join(text.split())}"
