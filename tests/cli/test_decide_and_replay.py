"""`skillspas-verifier replay` and `skillspas-issuer decide` as a person types them."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import schemas
from issuer.cli import app as issuer_app
from passport.jose.keys import PrivateKey
from passport.terminal import run
from tests.statements import Signed, award_claims, grant_claims
from verifier.cli import app as verifier_app

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def signed() -> Signed:
    return Signed()


def _command(app: Any, area: str, prog: str, capfd: pytest.CaptureFixture[str], environ: dict[str, str]) -> Command:
    def command(line: str, **more: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run(app, area=area, prog=prog, argv=shlex.split(line), environ={**environ, **more})
        heard = capfd.readouterr()
        assert "Traceback" not in heard.err
        return code, heard.out, heard.err

    return command


@pytest.fixture
def replay(capfd: pytest.CaptureFixture[str]) -> Command:
    return _command(verifier_app, "verifier.cli", "skillspas-verifier", capfd, {"LANG": "en_GB.UTF-8"})


@pytest.fixture
def issuer(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    settings = {
        "SKILLSPAS_ISSUER_DATA": str(tmp_path / "data"), "SKILLSPAS_ISSUER_BASE_URL": "https://issuer.example",
        "LANG": "en_GB.UTF-8",
    }  # fmt: skip
    return _command(issuer_app, "issuer", "skillspas-issuer", capfd, settings)


# Replay


def test_the_same_answer_is_0_and_the_signer_is_named(replay: Command, signed: Signed, tmp_path: Path) -> None:
    bundle, register = signed.write(tmp_path, signed.answer()), signed.register_file(tmp_path)
    code, out, err = replay(f"replay {bundle} --trust {register}")
    assert (code, err) == (0, "")
    assert out.startswith("THE SAME OUTCOME\nSigned by Verifier V (https://verifier.example).\n")
    code, out, _ = replay(f"replay {bundle} --trust {register} --json")
    told = json.loads(out)
    assert (code, told["outcome"], told["signature"]["outcome"]) == (0, "same", "holds")
    assert told["signature"]["signer"] == {"id": "https://verifier.example", "name": "Verifier V"}
    assert told["statement"]["overall"] == "ready_for_examencommissie"


def test_an_unknown_signer_is_said_and_a_broken_signature_is_1(replay: Command, signed: Signed, tmp_path: Path) -> None:
    bundle = signed.write(tmp_path, signed.answer())
    code, out, _ = replay(f"replay {bundle}")
    assert code == 0
    assert "The signer is unknown: https://verifier.example" in out
    forged = signed.write(tmp_path, signed.answer(signer=PrivateKey.generate()), "forged.json")
    code, out, _ = replay(f"replay {forged} --trust {signed.register_file(tmp_path)} --lang nl")
    assert code == 1
    assert out.startswith("DE HANDTEKENING KLOPT NIET\n")
    told = json.loads(replay(f"replay {forged} --json")[1])
    assert (told["outcome"], told["signature"]["code"], told["answer"]) == ("not_authentic", "signature", None)


def test_what_is_missing_is_3_and_can_be_handed_in(replay: Command, signed: Signed, tmp_path: Path) -> None:
    found, register = signed.answer(), signed.register_file(tmp_path)
    alone, shown = tmp_path / "statement.jwt", tmp_path / "shown.txt"
    alone.write_text(found["statement"] + "\n")
    shown.write_text("\n".join(found["bundle"]["presentations"]))
    code, out, _ = replay(f"replay {alone} --trust {register}")
    assert code == 3
    assert "This presentation is missing: presentations[0]." in out
    told = json.loads(replay(f"replay {alone} --trust {register} --presentations {shown} --json")[1])
    assert {one["kind"] for one in told["missing"]} == {"material"}  # our own register is the very one that was used
    code, out, _ = replay(f"replay {alone} --today --presentations {shown}")
    assert code == 3
    assert "The register of then is missing" in out


def test_a_changed_presentation_or_catalogue_is_1_and_named_in_words(
    replay: Command, signed: Signed, tmp_path: Path
) -> None:
    bundle, other = signed.write(tmp_path, signed.answer()), tmp_path / "other.json"
    other.write_text(json.dumps([signed.holder.present(signed.dossier(keuzedelen=[]), nonce="n", audience="a")]))
    code, out, _ = replay(f"replay {bundle} --presentations {other}")
    assert code == 1
    assert re.search(r"  - A presentation is another one \(presentations\[0\]\): first sha256-\S+, now sha256-", out)
    catalogue = tmp_path / "catalogue"
    shutil.copytree(Path(schemas.__path__[0]) / "catalogue", catalogue)
    file = catalogue / "qualifications" / "25960.json"
    text = file.read_text()
    assert "Helpende" in text
    file.write_text(text.replace("Helpende", "Helper", 1))
    code, out, _ = replay(f"replay {bundle} --catalogue {catalogue}", SKILLSPAS_CATALOGUE="")
    assert code == 1
    assert "  - The catalogue is another one: first sha-256 " in out


def test_today_a_list_that_cannot_be_reached_is_3(replay: Command, signed: Signed, tmp_path: Path) -> None:
    bundle, register = signed.write(tmp_path, signed.answer()), signed.register_file(tmp_path)
    code, out, _ = replay(f"replay {bundle} --trust {register} --today --json")
    told = json.loads(out)
    assert (code, told["today"], [one["kind"] for one in told["missing"]]) == (3, True, ["material"])


def test_a_what_if_is_repeated_and_called_so(replay: Command, signed: Signed, tmp_path: Path) -> None:
    found = signed.answer(evidence=[{"type": "mbo-certificaat", "issuer": "school:A", "code": "C0164"}])
    alone, facts = tmp_path / "s.jwt", tmp_path / "what-if.json"
    alone.write_text(found["statement"])
    facts.write_text(json.dumps(found["bundle"]["evidence"]))
    code, out, _ = replay(f"replay {alone} --presentations {facts}")
    assert code == 0
    assert "This is a what-if" in out
    assert replay(f"replay {alone} --presentations {facts} --today")[0] == 0
    facts.write_text("[]")
    assert replay(f"replay {alone} --presentations {facts}")[0] == 1
    assert replay(f"replay {alone}")[0] == 3


@pytest.mark.parametrize("content", [b"", b"nothing", b"{}", b"\xff\x00", b'{"statement": "a.b.c"}', b"a.b.c", b"[1]"])
def test_a_file_that_is_no_statement_is_2(replay: Command, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x"
    file.write_bytes(content)
    code, out, err = replay(f"replay {file}")
    assert (code, out) == (2, "")
    assert err
    assert replay(f"replay {tmp_path / 'absent'}")[0] == 2
    assert replay("replay")[0] == 2


# Decide


def test_the_board_awards_a_diploma_with_the_report_before_it(issuer: Command, signed: Signed, tmp_path: Path) -> None:
    issuer("organisation add school-a --kind school --name 'School A' --brin 00AA")
    answer, register = signed.write(tmp_path, signed.answer()), signed.register_file(tmp_path)
    claims = signed.write(tmp_path, award_claims(), "diploma.json")
    line = f"decide school-a --statement {answer} --award {claims} --trust {register}"
    code, out, err = issuer(f"{line} --by 'examencommissie zorg' --json")
    told = json.loads(out)
    assert (code, told["by"], told["kind"], len(told["offers"])) == (0, "examencommissie zorg", "award", 1)
    assert "Outcome: ready_for_examencommissie. The school decides." in err
    code, out, _ = issuer(f"{line} --json")
    assert (code, json.loads(out)["error"]["code"]) == (1, "document_number_in_use")
    exemption = signed.write(tmp_path, grant_claims(), "grant.json")
    code, out, err = issuer(f"decide school-a --statement {answer} --grant {exemption} --trust {register}")
    assert code == 0
    assert re.fullmatch(r"openid-credential-offer://\S+\n[0-9]{6}\n", out)
    assert "exemption granted" in err
    assert "Houder" not in out + err


def test_what_cannot_carry_a_decision_is_refused_with_1(issuer: Command, signed: Signed, tmp_path: Path) -> None:
    issuer("organisation add school-a --kind school --name 'School A'")
    issuer("organisation add school-b --kind school --name 'School B'")
    register, claims = signed.register_file(tmp_path), signed.write(tmp_path, award_claims(), "diploma.json")
    good = signed.answer()
    for found, org, expected in (
        (signed.answer(evidence=[]), "school-a", "statement_what_if"),
        (signed.answer([signed.dossier(keuzedelen=[])]), "school-a", "statement_not_ready"),
        (signed.answer(expected=False), "school-a", "statement_holder_not_proven"),
        (signed.answer(signer=PrivateKey.generate()), "school-a", "statement_not_trusted"),
        (good, "school-b", "statement_other_school"),
    ):
        file = signed.write(tmp_path, found)
        code, out, err = issuer(f"decide {org} --statement {file} --award {claims} --trust {register} --json")
        assert (code, json.loads(out)["error"]["code"]) == (1, expected), err
    forged = signed.write(tmp_path, signed.answer(signer=PrivateKey.generate()))
    _, _, err = issuer(f"decide school-a --statement {forged} --award {claims} --trust {register}")
    assert "Outcome" not in err  # a report that nobody vouches for is not put before anybody


def test_wrong_use_of_decide_is_2(issuer: Command, signed: Signed, tmp_path: Path) -> None:
    issuer("organisation add school-a --kind school --name 'School A'")
    register, claims = signed.register_file(tmp_path), signed.write(tmp_path, award_claims(), "diploma.json")
    answer = signed.write(tmp_path, signed.answer())
    bare = tmp_path / "statement.jwt"
    bare.write_text(signed.answer()["statement"])
    start = f"decide school-a --statement {answer}"
    for line in (
        f"{start} --trust {register}",
        f"{start} --trust {register} --award {claims} --grant {claims}",
        f"{start} --award {claims}",
        f"{start} --award {claims} --trust {claims}",
        f"{start} --award {claims} --trust {tmp_path / 'absent'}",
        f"{start} --award {claims} --trust {register} --by 'Jan de Vries'",
        f"decide nobody --statement {answer} --award {claims} --trust {register}",
        f"decide school-a --statement {claims} --award {claims} --trust {register}",
        f"{start} --award {bare} --trust {register}",
        "decide school-a",
    ):
        code, out, err = issuer(line)
        assert (code, out) == (2, ""), line
        assert err
    code, _, err = issuer(f"decide school-a --statement {bare} --award {claims} --trust {register}")
    assert code == 0
    assert "was not checked" in err


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_their_help_is_whole(replay: Command, issuer: Command, lang: str) -> None:
    for command, line in ((replay, "replay"), (issuer, "decide")):
        code, out, _ = command(f"{line} --help --lang {lang}")
        assert code == 0
        assert {"nl": "Voorbeelden:", "en": "Examples:"}[lang] in out
        assert {"nl": "Exitcodes:", "en": "Exit codes:"}[lang] in out
