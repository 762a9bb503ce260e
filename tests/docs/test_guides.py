"""Every command in the guides runs, and shows what the guide says."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from issuer.offers.page import qr_png
from tests.docs.transcripts import Reader, environment
from tests.live import PASSPHRASE, World, claims_of, free_port
from tests.paths import ROOT

GUIDES = ROOT / "docs" / "guides"
PURPOSE = {"nl": "Sollicitatie", "en": "Job application"}


def need(*tools: str) -> None:
    """Skip where a tool is absent that the guide tells its reader to use."""
    if absent := [tool for tool in tools if shutil.which(tool) is None]:
        message = f"install {' '.join(absent)}"
        if os.environ.get("SKILLSPAS_NO_SKIPS"):
            pytest.fail(message, pytrace=False)
        pytest.skip(message)


def reader_of(folder: Path, locale: str, **more: str) -> Reader:
    """A reader who starts with nothing but the commands."""
    folder.mkdir()
    return Reader(
        folder=folder,
        environment=environment(LANG=locale, HOME=str(folder), **more),
        passphrase=PASSPHRASE,
    )


def ask(world: World, purpose: str) -> str:
    """An employer's request; what its QR holds."""
    body = {"template": "mbo-certificaat", "purpose": purpose}
    asked: str = world.verifier_call("POST", "/requests", body)["authorization_request"]
    return asked


@pytest.mark.parametrize(
    ("page", "locale", "offer", "question"),
    [
        ("holder.md", "nl_NL.UTF-8", "aanbod.png", "vraag.png"),
        ("holder.en.md", "en_GB.UTF-8", "offer.png", "question.png"),
    ],
)
def test_the_guide_of_the_holder(world: World, tmp_path: Path, page: str, locale: str, offer: str, question: str):
    reader = reader_of(tmp_path / "holder", locale, SKILLSPAS_WALLET="wallet")
    made = world.school.offer("mbo-certificaat")["offer"]
    (reader.folder / offer).write_bytes(qr_png(made["uri"]))
    (reader.folder / question).write_bytes(qr_png(ask(world, PURPOSE[locale[:2]])))
    (reader.folder / "register.json").write_text(world.register.read_text())
    reader.learned["493817"] = made["tx_code"]
    reader.address("https://issuer.example", world.issuer.base_url)
    reader.address("https://controle.example", world.verifier.base_url)
    reader.called |= {"controle.example": "127.0.0.1"} | ({"Werkgever A": "Employer A"} if page == "holder.md" else {})
    reader.follow(GUIDES / page)


def test_the_guide_of_the_issuer(tmp_path: Path):
    need("curl")
    reader = reader_of(tmp_path / "issuer", "nl_NL.UTF-8")
    reader.ports["8001"] = str(free_port())
    reader.address("https://issuer.example", f"http://127.0.0.1:{reader.ports['8001']}")
    reader.follow(GUIDES / "issuer.md")


def test_the_guide_of_the_employer(world: World, tmp_path: Path):
    need("curl", "openssl")
    reader = reader_of(tmp_path / "employer", "nl_NL.UTF-8")
    reader.ports["8002"] = str(free_port())
    reader.address("https://controle.example", f"http://127.0.0.1:{reader.ports['8002']}")
    reader.address("https://issuer.example", world.issuer.base_url)
    for id_, name in (("school-a", "school-a.json"), ("evc-a", "evc-a.json")):
        (reader.folder / name).write_text(world.issuer.run("trust-entry", id_).stdout)
    wallet = world.wallet(tmp_path / "wallet")
    made = world.school.offer("mbo-certificaat", claims=claims_of("mbo-certificaat"))["offer"]
    wallet.run("receive", made["uri"], "--tx-code", made["tx_code"], "--yes")
    held = wallet.run("list", "--json").json["credentials"][0]["id"]
    (reader.folder / "bewijs.txt").write_text(wallet.run("show", held, "--json").json["credential"])
    reader.follow(GUIDES / "employer.md")
