"""What the three commands share: exit codes, language, words, questions, and one handler for every error.

Data goes to stdout, talk to stderr. Nothing here opens a socket, reads the clock or a file; the environment and
the arguments are handed in by the command's own `main`. Nothing heavy is imported: `--help` must be fast.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, ClassVar, TextIO

import typer
from typer.exceptions import TyperException

from passport.errors import NotAccepted, PassportError, ProtocolError, Unreachable
from passport.messages import DEFAULT_LANGUAGE, LANGUAGES, has, load_file, text

# Without these a person could be shown something else than what stands there. Beside them all of Unicode's
# control, format, surrogate, private and unassigned characters are written as their code point.
_INVISIBLE = frozenset(
    map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0))
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_MAX_MARKS = 3


class ExitCode(IntEnum):
    """The exit codes of the contract, section 2; INTERRUPTED is the shell's own convention."""

    DONE = 0
    NO = 1
    WRONG_USE = 2
    UNREACHABLE = 3
    DAMAGED = 4
    INTERRUPTED = 130


class Reason:
    """Why a file cannot be used, for `reason` of an error: the words `terminal.reasons.<code>`."""

    def __init__(self, code: str, **params: object) -> None:
        self.code, self.params = code, params


class WrongUse(PassportError):
    """The command is called in a way that cannot work."""

    code = "wrong_use"
    exit_code: ClassVar[int] = ExitCode.WRONG_USE


class QuestionUnanswered(WrongUse):
    """A question is needed and nobody is there to answer. Params: `flag` that answers it beforehand."""

    code = "question_unanswered"


class FileUnreadable(WrongUse):
    """A file that was named cannot be read or written. Params: `file`, `reason`."""

    code = "file_unreadable"


class FileUnwritable(PassportError):
    """A file cannot be written: the disk is full or fails. Params: `file`, `reason`."""

    code = "file_unwritable"
    exit_code: ClassVar[int] = ExitCode.DAMAGED


class InternalError(PassportError):
    """A defect of ours. Params: `kind`, the name of the exception."""

    code = "program_error"
    exit_code: ClassVar[int] = ExitCode.UNREACHABLE


class Declined(PassportError):
    """The person said no. Nothing was done."""

    code = "declined"
    exit_code: ClassVar[int] = ExitCode.NO


def choose_language(environ: Mapping[str, str]) -> str:
    """Return nl or en from the locale variables, in POSIX order; nl when they say neither."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name, ""):
            short = value.replace("-", "_").split("_")[0].split(".")[0].lower()
            return short if short in LANGUAGES else DEFAULT_LANGUAGE
    return DEFAULT_LANGUAGE


def _is_invisible(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] == "C" or category in ("Zl", "Zp") or char in _INVISIBLE


def visible(value: object, *, limit: int = 2000) -> str:
    """Return text that is safe to print: one line, no control, bidi or invisible characters, a bounded length.

    Such characters are written as `<U+202E>`; every kind of white space becomes a space.
    """
    written = unicodedata.normalize("NFC", str(value))
    shown: list[str] = []
    marks = 0
    for char in written[:limit]:
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if char in "\t\n\r" or category == "Zs":
            shown.append(" ")
        elif _is_invisible(char) or marks > _MAX_MARKS:
            shown.append(f"<U+{ord(char):04X}>")
        else:
            shown.append(char)
    return "".join(shown) + ("…" if len(written) > limit else "")


def exit_code(error: BaseException) -> int:
    """Return the contract's exit code for an error: the class's own `exit_code`, else its family's."""
    own = getattr(error, "exit_code", None)
    if isinstance(own, int):
        return own
    if isinstance(error, NotAccepted):
        return ExitCode.UNREACHABLE if getattr(error.report, "verdict", "") == "undetermined" else ExitCode.NO
    if isinstance(error, Unreachable):
        return ExitCode.UNREACHABLE
    if isinstance(error, ProtocolError):
        return ExitCode.NO if error.status < 500 else ExitCode.UNREACHABLE
    if isinstance(error, PassportError):
        return ExitCode.WRONG_USE
    return ExitCode.UNREACHABLE


class _Lenient(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def _value(value: object, lang: str) -> object:
    """In words: another error, a code of `terminal.reasons`, an error of the system; else the value itself."""
    if isinstance(value, PassportError):
        return error_parts(value, lang)["text"]
    if isinstance(value, OSError):
        key = f"terminal.reasons.{errno.errorcode.get(value.errno or 0, '-')}"
        return text(key, lang) if has(key, lang) else value.strerror or type(value).__name__
    if isinstance(value, Reason):
        return text(f"terminal.reasons.{value.code}", lang, **value.params)
    return value


def _fill(key: str, lang: str, params: Mapping[str, object]) -> str:
    shown = _Lenient({name: visible(_value(value, lang), limit=300) for name, value in params.items()})
    return text(key, lang).format_map(shown)


def error_parts(error: PassportError, lang: str) -> dict[str, str]:
    """Return {"code", "text", "next"}: the words of `errors.<code>`, else the nearest family's."""
    for family in type(error).__mro__:
        code = getattr(family, "code", None)
        if isinstance(code, str) and has(f"errors.{code}.text", lang):
            return {
                "code": error.code,
                **{p: _fill(f"errors.{code}.{p}", lang, error.params) for p in ("text", "next")},
            }
    return {"code": error.code, "text": visible(error), "next": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """The person or the program on the other side of a command."""

    lang: str = DEFAULT_LANGUAGE
    json: bool = False
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    @property
    def interactive(self) -> bool:
        """Whether somebody can answer a question."""
        return sys.stdin is not None and sys.stdin.isatty()

    def words(self, key: str, **params: object) -> str:
        """Return one text in the person's language; every value in it made visible."""
        return _fill(key, self.lang, params)

    def say(self, key: str, **params: object) -> None:
        """Talk to the person, on stderr."""
        print(self.words(key, **params), file=self.err)

    def show(self, line: str = "") -> None:
        """Write a line of the answer for a person, on stdout. Values in it were made visible by the caller."""
        print(line, file=self.out)

    def data(self, value: object) -> None:
        """Write the answer for a machine: one JSON document on stdout."""
        written = json.dumps(value, ensure_ascii=False, indent=2, default=str)
        shown = (char if char == "\n" or not _is_invisible(char) else json.dumps(char)[1:-1] for char in written)
        print("".join(shown), file=self.out)

    def ask(self, key: str, *, flag: str, **params: object) -> str:
        """Ask for a line of text. Raises: QuestionUnanswered (naming `flag`) when nobody can answer."""
        if not self.interactive:
            raise QuestionUnanswered(flag=flag)
        print(self.words(key, **params), end=" ", file=self.err, flush=True)
        answer = sys.stdin.readline()
        if not answer:
            raise QuestionUnanswered(flag=flag)
        return answer.strip()

    def confirm(self, key: str, *, flag: str, **params: object) -> bool:
        """Ask a question to be answered by yes or no; anything but a clear yes is no."""
        return self.ask(key, flag=flag, **params).lower() in text("terminal.yes", self.lang).split("|")

    def ask_secret(self, key: str, *, flag: str) -> str:
        """Ask for a secret without showing it."""
        if not self.interactive:
            raise QuestionUnanswered(flag=flag)
        import getpass

        return getpass.getpass(self.words(key) + " ", stream=self.err)

    def interrupted(self) -> int:
        """Say that it was stopped, on a line of its own."""
        print(file=self.err)
        self.say("terminal.interrupted")
        return ExitCode.INTERRUPTED

    def fail(self, error: PassportError) -> int:
        """Tell what went wrong, once, and return the exit code."""
        try:
            parts = error_parts(error, self.lang)
        except PassportError:  # the words themselves are broken: the code still says which error it is
            parts = {"code": error.code, "text": f"[{error.code}]", "next": ""}
        from passport.problem_words import told  # late: `--help` needs none of it

        errors = [told(entry, self.lang) for entry in getattr(error, "errors", ())]
        if self.json:
            self.data({"error": parts | ({"errors": errors} if errors else {})})
        else:
            for entry in errors:
                words = entry.get("detail") or entry.get("code", "")
                print(visible(f"{entry['pointer']}: {words}" if entry.get("pointer") else words), file=self.err)
            print(parts["text"], file=self.err)
            if parts["next"]:
                print(parts["next"], file=self.err)
        return exit_code(error)


_USAGE = {
    "no_such_command": re.compile(r"No such command '(?P<what>.*?)'\.(?: Did you mean (?P<meant>.*)\?)?"),
    "extra": re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((?P<what>.*)\)"),
    "no_value": re.compile(r"Option '(?P<what>.*?)' does not take a value\.?"),
}
"""What the library says in English only, by its form."""


def _usage_words(said: str, lang: str) -> str:
    """The same in the person's language; empty where it is not known."""
    for name, form in _USAGE.items():
        if found := form.fullmatch(said):
            meant = found.groupdict().get("meant")
            more = " " + _fill("terminal.usage.meant", lang, {"meant": meant}) if meant else ""
            return _fill(f"terminal.usage.{name}", lang, found.groupdict()) + more
    return ""


def _wrong_use(error: TyperException, lang: str) -> WrongUse:
    context, param = getattr(error, "ctx", None), getattr(error, "param", None)
    what = getattr(error, "option_name", "") or (param.get_error_hint() if param is not None else "")
    key = f"terminal.usage.{type(error).__name__}"
    reason = _fill(key, lang, {"what": what}) if has(key, lang) and what else ""
    return WrongUse(
        reason=_usage_words(error.format_message(), lang) or reason or error.format_message(),
        help=f"{context.command_path} --help" if context else "--help",
    )


def _translate(error: Exception, lang: str) -> PassportError:
    """Return the error of ours that says the same."""
    match error:
        case PassportError():
            return error
        case TyperException():
            return _wrong_use(error, lang)
        case OSError():
            full = error.errno in (errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO)
            kind = FileUnwritable if full else FileUnreadable
            return kind(file=error.filename or "?", reason=error)
    return InternalError(kind=type(error).__name__)


def guard(terminal: Terminal, action: Callable[[], int]) -> int:
    """Run `action`; turn every error into words and an exit code. A traceback only if SKILLSPAS_DEBUG asks for it."""
    try:
        return action()
    except (KeyboardInterrupt, typer.Abort):
        return terminal.interrupted()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return ExitCode.DONE
    except Exception as error:
        ours = _translate(error, terminal.lang)
        if isinstance(ours, InternalError) and terminal.environ.get("SKILLSPAS_DEBUG"):
            raise
        return terminal.fail(ours)


def _requested(argv: Sequence[str], environ: Mapping[str, str]) -> tuple[Terminal, list[str]]:
    """Take `--json` and `--lang` out of the arguments, wherever they stand: every command knows them."""
    end = argv.index("--") if "--" in argv else len(argv)
    words, rest, asked = list(argv[:end]), list[str](), None
    while words:
        word = words.pop(0)
        if word == "--lang" or word.startswith("--lang="):
            asked = word.partition("=")[2] if "=" in word else (words.pop(0) if words else "")
        elif word != "--json":
            rest.append(word)
    lang = asked if asked in LANGUAGES else choose_language(environ)
    terminal = Terminal(lang=lang, json="--json" in argv[:end], environ=environ)
    if asked is not None and asked not in LANGUAGES:
        rest.insert(0, f"--lang={asked}")  # refused below, as any option with a value that it does not take
    return terminal, [*rest, *argv[end:]]


def _hoist(argv: list[str], with_value: frozenset[str]) -> list[str]:
    """Move options that stand before the command to behind it: `x --wallet DIR list` means `x list --wallet DIR`."""
    rest, leading = list(argv), list[str]()
    while rest and rest[0].startswith("--") and rest[0] not in ("--", "--help"):
        leading.append(rest.pop(0))
        if leading[-1] in with_value and rest:
            leading.append(rest.pop(0))
    if not rest or rest[0] in ("--", "--help"):
        return argv
    end = rest.index("--") if "--" in rest else len(rest)
    return [*rest[:end], *leading, *rest[end:]]


_DASHED_NUMBER = re.compile(r"-[A-Za-z0-9_-]{15}")


def _shield_numbers(argv: list[str], options: frozenset[str]) -> list[str]:
    """Put numbers of credentials that begin with a dash behind `--`, so that they are not taken for options.

    A number is 16 characters of base64url, so one in sixty-four begins with a dash. An option that is known stays one.
    """
    end = argv.index("--") if "--" in argv else len(argv)
    dashed = [word for word in argv[:end] if _DASHED_NUMBER.fullmatch(word) and word not in options]
    if not dashed:
        return argv
    return [*(word for word in argv[:end] if word not in dashed), "--", *dashed, *argv[end + 1 :]]


def _all_options(command: Any) -> frozenset[str]:
    own = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    return frozenset(own.union(*(_all_options(child) for child in getattr(command, "commands", {}).values())))


def _value_options(command: Any) -> frozenset[str]:
    own = {name for param in command.params if not getattr(param, "is_flag", True) for name in param.opts}
    return frozenset(own.union(*(_value_options(child) for child in getattr(command, "commands", {}).values())))


class _HelpWords:
    """The words of the help: of two files only, for `--help` must be fast."""

    def __init__(self, lang: str, area: str) -> None:
        self.texts = load_file(lang, "terminal")
        with contextlib.suppress(OSError):  # a command without words of its own still starts
            self.texts = self.texts | load_file(lang, area.partition(".")[0])

    def get(self, key: str) -> str | None:
        """Return one text, None where there is none."""
        node: Any = self.texts
        for part in key.split("."):
            node = node.get(part) if isinstance(node, dict) else None
        return node if isinstance(node, str) else None

    def __getitem__(self, key: str) -> str:
        return self.get(key) or ""


def _plain_usage(args: str) -> str:
    """`{FILE}` as `FILE`, `{ENTRY...}...` as `ENTRY...`, `[[DIR]]` as `[DIR]`."""
    plain = re.sub(r"\{([^{}]+?)(?:\.\.\.)?\}", r"\1", args)
    return re.sub(r"\[\[([^\[\]]+?)(?:\.\.\.)?\]\]", r"[\1]", plain)


def _plain_metavar(name: str) -> str:
    """Without the name of a type in the program: `FILE <path>` as `FILE`, `--port <int range>` as `--port N`."""
    plain, typed, kind = name.partition(" <")
    if not typed or not kind.endswith(">"):
        return name
    return plain if not plain.startswith("-") else f"{plain} {'N' if kind.startswith(('int', 'float')) else 'TEXT'}"


def _translated_context(context: Any, words: _HelpWords) -> Any:
    """Return typer's context class with the headings of its help in the person's language."""

    class Formatter(context.formatter_class):  # type: ignore[misc]
        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            super().write_usage(prog, _plain_usage(args), prefix or words["terminal.help.usage"] + " ")

        def write_dl(self, rows: Sequence[tuple[str, str]], *args: Any, **more: Any) -> None:
            own = words["terminal.options.help"]
            said = {f"[{name}": f"[{words[f'terminal.help.{name}']}" for name in ("required", "default")}
            translated = []
            for name, shown in rows:
                told = own if name == "--help" else shown
                for english, ours in said.items():
                    told = told.replace(english, ours)
                translated.append((_plain_metavar(name), told))
            super().write_dl(translated, *args, **more)

        def section(self, name: str) -> Any:
            return super().section(words.get(f"terminal.help.{name.lower()}") or name)

    return type("TranslatedContext", (context,), {"formatter_class": Formatter})


def _write_help(command: Any, words: _HelpWords, area: str, path: tuple[str, ...] = ()) -> None:
    """Give a command and all under it their help from the messages."""
    place = ".".join((area, "help", *path))
    summary, told, examples = (words.get(f"{place}.{part}") for part in ("summary", "text", "examples"))
    if summary is not None:
        shown = f"\b\n{words['terminal.help.examples']}:\n{examples}" if examples else None
        command.help = "\n\n".join(filter(None, (summary, told, shown)))
        command.short_help = summary
    codes = words.get(f"{place}.exit_codes") or words["terminal.help.exit_codes"]
    command.epilog = f"\b\n{words['terminal.help.everywhere']}\n\n\b\n{codes}"
    command.options_metavar = f"[{words['terminal.help.options'].upper()}]"
    if hasattr(command, "subcommand_metavar"):
        command.subcommand_metavar = words["terminal.help.subcommand"]
    command.context_class = _translated_context(command.context_class, words)
    for param in command.params:
        for key in (f"{place}.options.{param.name}", f"{area}.options.{param.name}", f"terminal.options.{param.name}"):
            if (found := words.get(key)) is not None:
                param.help = found
                break
    for name, child in getattr(command, "commands", {}).items():
        _write_help(child, words, area, (*path, name))


def run(app: typer.Typer, *, area: str, prog: str, argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one of the three commands and return its exit code.

    app: made with `rich_markup_mode=None, add_completion=False`; each command takes `ctx: typer.Context`, finds its
        `Terminal` in `ctx.obj`, and returns an exit code or None.
    area: where its help stands, in the file of messages named by its first part:
        `<area>.help[.<command>…].summary|text|examples|exit_codes`, and for an option
        `<area>.help.<command>….options.<name>`, `<area>.options.<name>` or `terminal.options.<name>`.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a character that the terminal lacks is no failure
    terminal, rest = _requested(list(argv), environ)
    if rest == ["--version"]:
        from importlib.metadata import version

        number = version("skillspas")
        if terminal.json:
            terminal.data({"command": prog, "version": number})
        else:
            terminal.show(f"{prog} {number}")
        return ExitCode.DONE

    def invoke() -> int:
        command: Any = typer.main.get_command(app)
        _write_help(command, _HelpWords(terminal.lang, area), area)
        if rest and rest[0].startswith("--lang="):
            reason = terminal.words("terminal.usage.lang", known=", ".join(LANGUAGES))
            raise WrongUse(reason=reason, help=f"{prog} --help")
        if not rest:
            command.main(["--help"], prog_name=prog, standalone_mode=False, obj=terminal)
            return ExitCode.WRONG_USE
        words = _hoist(_shield_numbers(rest, _all_options(command)), _value_options(command))
        done = command.main(words, prog_name=prog, standalone_mode=False, obj=terminal)
        if done == ExitCode.INTERRUPTED:  # typer makes Ctrl-C an exit code
            return terminal.interrupted()
        return done if isinstance(done, int) else ExitCode.DONE

    return guard(terminal, invoke)
