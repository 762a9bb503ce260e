"""`catalogue import` and `catalogue check`."""

from __future__ import annotations

from importlib import resources
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


def check_folder(terminal: Terminal, folder: Path | None) -> int:
    """Tell what is wrong with a catalogue: the one given, else `SKILLSPAS_CATALOGUE`, else the one that ships.

    Exit code 1 when something is.
    """
    named = folder or terminal.environ.get("SKILLSPAS_CATALOGUE")
    with resources.as_file(resources.files("schemas") / "catalogue") as shipped:
        problems = check_catalogue(Path(named) if named else shipped)
    if terminal.json:
        shown = [{"file": one.file, "path": one.path, "text": one.text} for one in problems]
        terminal.data({"ok": not problems, "problems": shown})
    else:
        for problem in problems:
            terminal.show(visible(f"{problem.file} {problem.path}: {problem.text}"))
    if not problems:
        terminal.say("issuer.says.catalogue_holds")
    return ExitCode.NO if problems else ExitCode.DONE
