"""What one command was given: its terminal, folder, passphrase, register and network. Opened only when asked for.

Here, at the edge, settings come together: a flag wins over the environment, the environment over the default.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from passport.errors import PassportError
from passport.terminal import ExitCode, FileUnreadable, Reason, Terminal, WrongUse

if TYPE_CHECKING:
    from asyncio import Runner

    from passport.network import Fetcher, NetworkSettings
    from passport.trust.register import TrustRegister
    from wallet_cli.store import WalletStore

_T = TypeVar("_T")
_MAX_PASSPHRASE_BYTES = 4096
_MAX_REGISTER_BYTES = 16 * 1024 * 1024
_SHORT = 12


class PassphraseUnusable(WrongUse):
    """An empty passphrase, two that differ, or a file that holds none."""

    code = "passphrase_unusable"


class NoRegister(PassportError):
    """A trust register is needed and none was given."""

    code = "no_register"
    exit_code: ClassVar[int] = ExitCode.NO


def read_file(path: Path, *, max_bytes: int) -> bytes:
    """Return a file's bytes. Raises: FileUnreadable when it is too large; OSError."""
    with path.open("rb") as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise FileUnreadable(file=path, reason=Reason("too_large", limit=max_bytes))
    return content


def at_home(path: str | Path) -> Path:
    """Return a path with `~` filled in; the home of somebody whom this machine does not know stays as it is written."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def _read_register(place: str) -> bytes:
    return read_file(at_home(place), max_bytes=_MAX_REGISTER_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A fetcher and the loop it lives in. Questions are asked between two `run`s, so that Ctrl-C stops them at once."""

    fetcher: Fetcher
    runner: Runner

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do one piece of network work and return its result."""
        return self.runner.run(work)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One run of one command."""

    terminal: Terminal
    wallet: Path | None = None
    passphrase_file: Path | None = None
    trust: str | None = None
    trust_key: Path | None = None
    allow_loopback_http: bool = False

    def setting(self, name: str) -> str:
        """Return a setting from the environment; empty when it is not there."""
        return self.terminal.environ.get(name, "")

    @property
    def folder(self) -> Path:
        """The wallet's folder."""
        if self.wallet is not None:
            return at_home(self.wallet)
        if named := self.setting("SKILLSPAS_WALLET"):
            return at_home(named)
        from platformdirs import user_data_path

        return user_data_path("skillspas", appauthor=False)

    def passphrase(self) -> str:
        """Return the passphrase of the wallet: from a file, the environment, or asked."""
        if (given := self._given_passphrase()) is not None:
            return given
        return self._usable(self.terminal.ask_secret("wallet.ask.passphrase", flag="--passphrase-file"))

    def backup_passphrase(self, key: str) -> str:
        """Return the passphrase of a backup: its own from the environment, or asked (empty: the wallet's)."""
        own = self.setting("SKILLSPAS_BACKUP_PASSPHRASE")
        if not own and self.terminal.interactive:
            own = self.terminal.ask_secret(key, flag="SKILLSPAS_BACKUP_PASSPHRASE")
        return own or self.passphrase()

    def new_passphrase(self) -> str:
        """Return the passphrase for a new wallet; asked twice when asked."""
        given = self._given_passphrase()
        if given is None:
            given = self._usable(self.terminal.ask_secret("wallet.ask.new_passphrase", flag="--passphrase-file"))
            if self.terminal.ask_secret("wallet.ask.again", flag="--passphrase-file") != given:
                raise PassphraseUnusable("two that differ")
        if len(given) < _SHORT:
            self.terminal.say("wallet.init.short_passphrase")
        return given

    def _given_passphrase(self) -> str | None:
        if self.passphrase_file is not None:
            content = read_file(self.passphrase_file, max_bytes=_MAX_PASSPHRASE_BYTES)
            try:
                return self._usable(content.decode("utf-8").removesuffix("\n").removesuffix("\r"))
            except UnicodeDecodeError as error:
                raise PassphraseUnusable("not UTF-8") from error
        if "SKILLSPAS_PASSPHRASE" in self.terminal.environ:
            return self._usable(self.setting("SKILLSPAS_PASSPHRASE"))
        return None

    @staticmethod
    def _usable(passphrase: str) -> str:
        if not passphrase:
            raise PassphraseUnusable("empty")
        return passphrase

    def store(self) -> WalletStore:
        """Open the wallet; whether there is one is looked at before the passphrase is asked."""
        from wallet_cli.store import NoWallet, WalletStore

        if not (self.folder / "wallet.skillspas").exists():
            raise NoWallet(folder=self.folder)
        return WalletStore.open(self.folder, self.passphrase())

    @property
    def loopback_allowed(self) -> bool:
        """Whether the development switch is on."""
        return self.allow_loopback_http or self.setting("SKILLSPAS_ALLOW_LOOPBACK_HTTP").lower() in ("1", "true", "yes")

    def network(self) -> NetworkSettings:
        """How the outside may be reached."""
        from passport.network import NetworkSettings, parse_dev_hosts

        if not self.loopback_allowed:
            return NetworkSettings()
        hosts = parse_dev_hosts(self.setting("SKILLSPAS_DEV_HOSTS"))
        return NetworkSettings(allow_loopback_http=True, dev_hosts=hosts)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Open the door to the outside for the time of a `with`."""
        from asyncio import Runner

        from passport.network import Fetcher

        settings = self.network()
        if self.loopback_allowed and not self.terminal.json:
            self.terminal.say("wallet.loopback_on")
        with Runner() as runner:
            connection = Connection(fetcher=Fetcher(settings), runner=runner)
            try:
                yield connection
            finally:
                connection.run(connection.fetcher.aclose())

    def trusted(self, connection: Connection, store: WalletStore | None) -> TrustRegister | None:
        """Return the trust register, and remember in the wallet which signed edition was seen.

        Raises: RegisterRollback for an edition older than one seen before; what `register` raises.
        """
        register = connection.run(self.register(connection.fetcher))
        if register is None or store is None or not register.signed or register.sequence is None:
            return register
        from passport.trust.register import require_not_older

        operator, sequence = register.operator or "", register.sequence
        seen = store.read().sequences.get(operator)
        require_not_older(register, seen=seen)
        if seen is None or sequence > seen:
            store.change(lambda data: data.with_sequence(operator, sequence))
        return register

    async def register(self, fetcher: Fetcher) -> TrustRegister | None:
        """Return the trust register that was named, or None. Raises: Malformed, Unreachable, OSError."""
        place = self.trust or self.setting("SKILLSPAS_TRUST")
        if not place:
            return None
        from passport.jose.keys import load_public_key
        from passport.trust.register import parse_register

        key_file = self.trust_key or (Path(named) if (named := self.setting("SKILLSPAS_TRUST_KEY")) else None)
        key = None if key_file is None else load_public_key(read_file(key_file, max_bytes=65_536))
        if place.startswith(("https://", "http://")):
            body = (await fetcher.get(place, max_bytes=_MAX_REGISTER_BYTES)).body
        else:
            body = _read_register(place)
        return parse_register(body, trust_key=key)
