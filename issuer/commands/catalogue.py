"""`catalogue import` and `catalogue check`."""

from __future__ import annotations

from pathlib import Path

from passport.stacking.catalogue import check_catalogue
from passport.stacking.catalogue_import import import_catalogue
from passport.terminal import ExitCode, Terminal, visible


def import_folder(terminal: Terminal, folder: Path, *, out: Path) -> int:
    """Make a catalogue of data in the form of `domain/data`."""
    count = import_catalogue(folder, out)
    terminal.say("issuer.says.catalogue_written", out=out)
    if terminal.json:
        terminal.data({"out": str(out), "qualifications": count})
    return ExitCode.DONE


def check_folder(terminal: Terminal, folder: Path) -> int:
    """Tell what is wrong with a catalogue. Exit code 1 when something is."""
    problems = check_catalogue(folder)
    if terminal.json:
        terminal.data({"ok": not problems, "problems": [str(problem) for problem in problems]})
    else:
        for problem in problems:
            terminal.show(visible(problem))
    if not problems:
        terminal.say("issuer.says.catalogue_holds")
    return ExitCode.NO if problems else ExitCode.DONE
