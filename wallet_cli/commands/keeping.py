"""`backup`, `restore`: all of a wallet in one encrypted file, and back. Nothing that is held gets lost by either."""

from __future__ import annotations

from pathlib import Path

from passport.terminal import Declined, ExitCode, FileUnreadable, Reason
from wallet_cli.data import WalletData, parse_wallet
from wallet_cli.envelope import (
    MAX_BYTES,
    KdfParameters,
    NoBackup,
    WalletDamaged,
    derive_key,
    is_envelope,
    open_sealed,
    resembles_envelope,
    seal,
)
from wallet_cli.session import Session, read_file
from wallet_cli.store import FILE, WalletStore, write_durably


def backup(session: Session, file: Path) -> int:
    """Write everything that is held to one encrypted file; only an older backup is ever replaced."""
    if file.exists() and not (file.is_file() and is_envelope(read_file(file, max_bytes=MAX_BYTES))):
        raise FileUnreadable(file=file, reason=Reason("no_backup"))
    data = session.store().read()
    passphrase = session.backup_passphrase("wallet.ask.backup_passphrase")
    write_durably(file, seal(data.to_bytes(), derive_key(passphrase, kdf=KdfParameters())), temporary=".backup-")
    if session.terminal.json:
        session.terminal.data({"backup": str(file), "credentials": len(data.credentials)})
    else:
        session.terminal.say("wallet.backup.done", file=file, count=len(data.credentials))
    return ExitCode.DONE


def restore(session: Session, file: Path, *, yes: bool) -> int:
    """Add what a backup holds to the wallet; without a wallet make one. What is held stays."""
    terminal = session.terminal
    document = read_file(file, max_bytes=MAX_BYTES)
    if not resembles_envelope(document):
        raise NoBackup(file=file)
    passphrase = session.backup_passphrase("wallet.ask.restore_passphrase")
    content, _ = open_sealed(document, passphrase, file=str(file))
    try:
        kept = parse_wallet(content)
    except (ValueError, KeyError, TypeError) as error:
        raise WalletDamaged("content", file=str(file)) from error
    exists = (session.folder / FILE).exists()
    if not yes and not terminal.confirm(
        "wallet.restore.ask_merge" if exists else "wallet.restore.ask_new",
        flag="--yes",
        count=len(kept.credentials),
        folder=session.folder,
    ):
        raise Declined
    store = session.store() if exists else WalletStore.create(session.folder, session.new_passphrase())
    before = store.read()
    after = store.change(lambda data: data.merged(kept))
    added = _added(before, after)
    if terminal.json:
        terminal.data({"wallet": str(session.folder), "added": added, "credentials": len(after.credentials)})
    else:
        terminal.say("wallet.restore.done", added=added, count=len(after.credentials))
    return ExitCode.DONE


def _added(before: WalletData, after: WalletData) -> int:
    return len(after.credentials) - len(before.credentials)
