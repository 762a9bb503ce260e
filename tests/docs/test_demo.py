"""`make demo` from the outside: it ends well, tells what it does, and leaves pictures that a reader of QR codes reads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from tests.paths import ROOT


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("demo")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SKILLSPAS_")}
    done = subprocess.run(
        [sys.executable, "-m", "demo.story"],
        cwd=folder,
        env=clean | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return folder, done


def test_every_step_of_the_story_holds(played):
    _, done = played
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stderr == ""
    assert "Alle stappen kloppen" in done.stdout
    assert "Traceback" not in done.stdout
    for words in ("skillspas-issuer organisation add", "skillspas receive", "skillspas stack", "skillspas check"):
        assert f"$ {words}" in done.stdout


def test_its_pictures_hold_the_offers_and_the_questions(played):
    folder, _ = played
    pictures = sorted((folder / "demo-out").glob("*.png"))
    held = {}
    for picture in pictures:
        codes = zxingcpp.read_barcodes(Image.open(picture))
        assert len(codes) == 1, picture.name
        held[picture.name] = codes[0].text
    schemes = {name: "openid-credential-offer://" if name.startswith("aanbod-") else "openid4vp://" for name in held}
    assert [name for name, text in held.items() if not text.startswith(schemes[name])] == []
    assert sum(name.startswith("aanbod-") for name in held) == 10
    assert sum(name.startswith("vraag-") for name in held) == 2


def test_its_pages_say_that_it_holds_and_hide_the_birth_date(played):
    folder, _ = played
    pages = sorted((folder / "demo-out").glob("pagina-*.html"))
    assert len(pages) == 2
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "Klopt" in text
        assert "1990-04-12" not in text


def test_it_leaves_nothing_else(played):
    folder, _ = played
    assert [path.name for path in folder.iterdir()] == ["demo-out"]
