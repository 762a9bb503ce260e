"""The wallet's one encrypted file: made, opened, changed. Whole or not at all, and never by two at once.

A change holds the lock, reads anew, writes beside the file, makes that durable and only then takes its place, so
that a kill, a full disk or eight parallel commands lose nothing that was reported as stored.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from passport.errors import PassportError
from passport.terminal import ExitCode
from wallet_cli.data import WalletData, parse_wallet
from wallet_cli.envelope import KdfParameters, Key, WalletDamaged, derive_key, open_sealed, seal

FILE = "wallet.skillspas"
LOCK = "wallet.lock"
_TEMPORARY = ".wallet-"
_LOCK_SECONDS = 60.0


class NoWallet(PassportError):
    """There is no wallet in the folder. Params: `folder`."""

    code = "wallet_missing"
    exit_code: ClassVar[int] = ExitCode.WRONG_USE


class WalletExists(PassportError):
    """There already is a wallet in the folder. Params: `folder`."""

    code = "wallet_exists"
    exit_code: ClassVar[int] = ExitCode.NO


class WalletBusy(PassportError):
    """Another command holds the lock and does not let go."""

    code = "wallet_busy"
    exit_code: ClassVar[int] = ExitCode.DAMAGED


@contextlib.contextmanager
def _locked(folder: Path, seconds: float = _LOCK_SECONDS) -> Iterator[None]:
    """Hold the wallet's lock. The system lets go of it when a process dies, so no stale lock can remain."""
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    raise
                if time.monotonic() > deadline:
                    raise WalletBusy("lock not obtained") from error
                time.sleep(0.02)
        yield
    finally:
        os.close(handle)


def _make_durable(handle: int) -> None:
    if full_sync := getattr(fcntl, "F_FULLFSYNC", None):  # macOS: fsync alone does not reach the platter
        with contextlib.suppress(OSError):
            fcntl.fcntl(handle, full_sync)
            return
    os.fsync(handle)


def write_durably(target: Path, content: bytes, *, temporary: str = _TEMPORARY) -> None:
    """Put `content` in the place of `target`, whole or not at all; readable for the owner only."""
    beside = target.parent / f"{temporary}{secrets.token_hex(8)}.tmp"
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(handle, left) :]
            _make_durable(handle)
        finally:
            os.close(handle)
        os.replace(beside, target)
    except OSError as error:
        error.filename = str(target)
        raise
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()
    folder = os.open(target.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@dataclass(slots=True, kw_only=True)
class WalletStore:
    """An opened wallet. The passphrase's key stays in memory while the command runs, and nowhere else."""

    folder: Path
    _passphrase: str = field(repr=False)
    _key: Key | None = field(default=None, repr=False)

    @classmethod
    def create(cls, folder: Path, passphrase: str, *, kdf: KdfParameters | None = None) -> WalletStore:
        """Make an empty wallet in `folder` (made too, for its owner only). Raises: WalletExists."""
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.chmod(0o700)
        store = cls(folder=folder, _passphrase=passphrase)
        with _locked(folder):
            if store.path.exists():
                raise WalletExists(folder=folder)
            store._key = derive_key(passphrase, kdf=kdf or KdfParameters())
            store._write(WalletData())
        return store

    @classmethod
    def open(cls, folder: Path, passphrase: str) -> WalletStore:
        """Open the wallet in `folder`. Raises: NoWallet, WalletLocked, WalletDamaged."""
        store = cls(folder=folder, _passphrase=passphrase)
        store.read()
        return store

    @property
    def path(self) -> Path:
        """The one file."""
        return self.folder / FILE

    def read(self) -> WalletData:
        """Return the content as it is now."""
        try:
            document = self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NoWallet(folder=self.folder) from error
        content, self._key = open_sealed(document, self._passphrase, known=self._key, file=str(self.path))
        try:
            return parse_wallet(content)
        except (ValueError, KeyError, TypeError) as error:
            raise WalletDamaged("content", file=str(self.path)) from error

    def change(self, action: Callable[[WalletData], WalletData]) -> WalletData:
        """Read, change and write under the lock; return the new content. When `action` raises, nothing changes."""
        if not self.path.exists():
            raise NoWallet(folder=self.folder)
        with _locked(self.folder):
            changed = action(self.read())
            self._write(changed)
            return changed

    def _write(self, data: WalletData) -> None:
        for left_over in self.folder.glob(f"{_TEMPORARY}*.tmp"):  # of a killed command: we hold the lock
            left_over.unlink(missing_ok=True)
        if self._key is None:
            raise TypeError("a wallet is opened before it is written")
        write_durably(self.path, seal(data.to_bytes(), self._key))
