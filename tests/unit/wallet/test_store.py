"""The encrypted store: nothing lost, nothing altered unseen, nothing opened without the passphrase."""

from __future__ import annotations

import json
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from passport.errors import PassportError
from passport.terminal import exit_code
from wallet_cli.data import AmbiguousId, Event, StoredCredential, UnknownCredential, WalletData
from wallet_cli.envelope import (
    FLOOR,
    KdfParameters,
    WalletDamaged,
    WalletKdfRefused,
    WalletLocked,
    WalletTooNew,
    _canonical,
    derive_key,
    open_sealed,
    seal,
)
from wallet_cli.store import NoWallet, WalletExists, WalletStore

ROOT = Path(__file__).parents[3]
PASSPHRASE = "een lange zin om te onthouden"


def credential(name: str) -> StoredCredential:
    return StoredCredential(
        id=name,
        format="dc+sd-jwt",
        type="mbo-certificaat",
        raw=f"raw-{name}~",
        key={"kty": "EC", "d": "private-part"},
        issuer="https://school.example/o/a",
        issuer_name="School A",
        received_at="2026-06-01T00:00:00Z",
    )


def event() -> Event:
    return Event(kind="received", at="2026-06-01T00:00:00Z", who="https://school.example/o/a")


@pytest.fixture
def store(tmp_path: Path) -> WalletStore:
    return WalletStore.create(tmp_path / "wallet", PASSPHRASE, kdf=FLOOR)


@pytest.fixture(scope="module")
def document() -> bytes:
    return seal(b'{"hello": "world"}' * 4, derive_key(PASSPHRASE, kdf=FLOOR))


def test_what_is_stored_comes_back(store: WalletStore) -> None:
    store.change(lambda data: data.with_credential(credential("one"), event()))
    again = WalletStore.open(store.folder, PASSPHRASE).read()
    assert again.credentials == (credential("one"),)
    assert again.history == (event(),)


def test_only_the_owner_can_read_folder_and_file(store: WalletStore) -> None:
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_nothing_personal_stands_in_the_file(store: WalletStore) -> None:
    store.change(lambda data: data.with_credential(credential("one"), event()))
    written = store.path.read_bytes()
    for secret in (b"private-part", b"raw-one", b"School A", b"mbo-certificaat"):
        assert secret not in written


def test_each_write_has_a_nonce_of_its_own(store: WalletStore) -> None:
    nonces = set()
    for _ in range(5):
        store.change(lambda data: data)
        nonces.add(json.loads(store.path.read_bytes())["nonce"])
    assert len(nonces) == 5


def test_a_wallet_is_never_overwritten_by_init(store: WalletStore) -> None:
    before = store.path.read_bytes()
    with pytest.raises(WalletExists):
        WalletStore.create(store.folder, "other", kdf=FLOOR)
    assert store.path.read_bytes() == before


def test_a_folder_without_a_wallet_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoWallet):
        WalletStore.open(tmp_path / "nothing", PASSPHRASE)
    with pytest.raises(NoWallet):
        WalletStore(folder=tmp_path / "nothing", _passphrase=PASSPHRASE).change(lambda data: data)


def test_a_wrong_passphrase_is_told_apart_from_damage_and_is_exit_4(store: WalletStore) -> None:
    with pytest.raises(WalletLocked) as caught:
        WalletStore.open(store.folder, "wrong")
    assert exit_code(caught.value) == 4


def test_the_same_passphrase_in_another_unicode_form_opens(tmp_path: Path) -> None:
    WalletStore.create(tmp_path / "w", "caf\u00e9 zin", kdf=FLOOR)
    assert WalletStore.open(tmp_path / "w", "cafe\u0301 zin").read() == WalletData()


def test_a_flipped_byte_anywhere_is_damage_and_never_a_crash(document: bytes) -> None:
    places = [*range(0, len(document), 3), len(document) - 1]
    for place in places:
        for mask in (0x01, 0x20, 0x80):
            altered = bytearray(document)
            altered[place] ^= mask
            with pytest.raises(WalletDamaged) as caught:
                open_sealed(bytes(altered), PASSPHRASE)
            assert exit_code(caught.value) == 4


def test_a_file_cut_off_anywhere_is_damage(document: bytes) -> None:
    for length in range(0, len(document), 7):
        with pytest.raises(WalletDamaged):
            open_sealed(document[:length], PASSPHRASE)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"checksum": 1}'])
def test_other_files_are_damage(content: bytes) -> None:
    with pytest.raises(WalletDamaged):
        open_sealed(content, PASSPHRASE)


def _forge(document: bytes, **changes: object) -> bytes:
    """Alter the header as an attacker would: with a checksum that fits."""
    import hashlib

    envelope = json.loads(document)
    del envelope["checksum"]
    for path, value in changes.items():
        node = envelope
        *parents, last = path.split("__")
        for parent in parents:
            node = node[parent]
        node[last] = value
    return _canonical({**envelope, "checksum": hashlib.sha256(_canonical(envelope)).hexdigest()})


@pytest.mark.parametrize(
    "changes",
    [
        {"kdf__memory_kib": 8},
        {"kdf__memory_kib": 19 * 1024 - 1},
        {"kdf__memory_kib": 64 * 1024 * 1024},
        {"kdf__time": 1},
        {"kdf__time": 1000},
        {"kdf__parallelism": 0},
        {"kdf__parallelism": 4000},
        {"kdf__memory_kib": 1024 * 1024, "kdf__time": 16},
    ],
)
def test_derivation_parameters_below_the_floor_or_above_the_ceiling_are_refused_unused(
    document: bytes, changes: dict[str, object]
) -> None:
    with pytest.raises(WalletKdfRefused):
        open_sealed(_forge(document, **changes), PASSPHRASE)


@pytest.mark.parametrize(
    "changes",
    [
        {"kdf__name": "scrypt"},
        {"kdf__memory_kib": "65536"},
        {"kdf__time": True},
        {"kdf__salt": "AAAA"},
        {"kdf__salt": 7},
        {"cipher": "none"},
        {"kind": "other"},
        {"kdf": None},
        {"nonce": "AAAA"},
        {"nonce": ""},
        {"ciphertext": 5},
        {"ciphertext": ""},
    ],
)
def test_a_forged_header_is_refused(document: bytes, changes: dict[str, object]) -> None:
    with pytest.raises(WalletDamaged):
        open_sealed(_forge(document, **changes), PASSPHRASE)


@pytest.mark.parametrize(
    "changes", [{"kdf__memory_kib": 20 * 1024}, {"kdf__time": 3}, {"check": "AAAA"}, {"check": None}]
)
def test_parameters_are_authenticated(document: bytes, changes: dict[str, object]) -> None:
    with pytest.raises(WalletLocked):
        open_sealed(_forge(document, **changes), PASSPHRASE)


def test_a_later_edition_is_named_as_such(document: bytes) -> None:
    with pytest.raises(WalletTooNew):
        open_sealed(_forge(document, version=2), PASSPHRASE)


def test_weak_parameters_cannot_be_chosen() -> None:
    with pytest.raises(WalletKdfRefused):
        derive_key(PASSPHRASE, kdf=KdfParameters(memory_kib=1024, time=1))
    assert KdfParameters().within_bounds()


def test_a_failing_change_changes_nothing(store: WalletStore) -> None:
    before = store.path.read_bytes()

    def fail(data: WalletData) -> WalletData:
        raise RuntimeError("halfway")

    with pytest.raises(RuntimeError):
        store.change(fail)
    assert store.path.read_bytes() == before


def test_a_full_disk_keeps_the_old_content(store: WalletStore) -> None:
    store.change(lambda data: data.with_credential(credential("kept"), event()))
    code = f"""
import resource, signal, sys
from pathlib import Path
from tests.unit.wallet.test_store import credential, event
from wallet_cli.store import WalletStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = WalletStore.open(Path({str(store.folder)!r}), {PASSPHRASE!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    store.change(lambda data: data.with_credential(credential("lost"), event()))
except OSError as error:
    print(error.filename)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == str(store.path)
    assert [held.id for held in store.read().credentials] == ["kept"]
    assert [entry.name for entry in sorted(store.folder.iterdir())] == ["wallet.lock", "wallet.skillspas"]


WRITER = """
import sys
from pathlib import Path
from tests.unit.wallet.test_store import PASSPHRASE, credential, event
from wallet_cli.store import WalletStore
store = WalletStore.open(Path(sys.argv[1]), PASSPHRASE)
for number in range(int(sys.argv[3])):
    name = f"{sys.argv[2]}-{number}"
    store.change(lambda data: data.with_credential(credential(name), event()))
    print(name, flush=True)
"""


def _writer(store: WalletStore, name: str, count: int) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", WRITER, str(store.folder), name, str(count)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_eight_parallel_commands_are_all_kept(store: WalletStore) -> None:
    writers = [_writer(store, f"p{number}", 3) for number in range(8)]
    for writer in writers:
        writer.communicate(timeout=120)
        assert writer.returncode == 0
    assert len(store.read().credentials) == 24
    assert len(store.read().history) == 24


def test_killed_at_any_moment_loses_nothing_that_was_reported_as_stored(store: WalletStore) -> None:
    chance = random.Random(17)
    reported: set[str] = set()
    for round_number in range(12):
        writer = _writer(store, f"k{round_number}", 10_000)
        assert writer.stdout is not None
        reported.add(writer.stdout.readline().strip())
        time.sleep(chance.uniform(0, 0.05))
        writer.send_signal(signal.SIGKILL)
        rest, _ = writer.communicate(timeout=30)
        reported.update(rest.split("\n")[:-1])
    held = {item.id for item in WalletStore.open(store.folder, PASSPHRASE).read().credentials}
    assert reported - {""} <= held
    store.change(lambda data: data)
    assert [entry.name for entry in sorted(store.folder.iterdir())] == ["wallet.lock", "wallet.skillspas"]


def test_an_id_may_be_shortened_while_it_is_unique() -> None:
    data = WalletData(credentials=(credential("abcd"), credential("abxy"), credential("ab")))
    assert data.find("abc").id == "abcd"
    assert data.find("ab").id == "ab"
    with pytest.raises(AmbiguousId):
        WalletData(credentials=(credential("abcd"), credential("abxy"))).find("ab")
    for unknown in ("zz", ""):
        with pytest.raises(UnknownCredential):
            data.find(unknown)


def test_errors_carry_no_secret(store: WalletStore) -> None:
    with pytest.raises(PassportError) as caught:
        WalletStore.open(store.folder, "hunter2")
    assert "hunter2" not in repr(caught.value) + str(caught.value.params)
    assert PASSPHRASE not in repr(store)
    assert "private-part" not in repr(credential("x"))
