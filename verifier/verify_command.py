"""`skillspas-verifier verify`: one file in, the report out."""

from __future__ import annotations

import sys
from pathlib import Path

from passport.messages import text
from passport.network import Fetcher, NetworkSettings, now
from passport.terminal import ExitCode, Terminal, visible
from passport.verification.report import Report
from passport.verification.verify import Expected
from verifier.settings import MAX_CREDENTIAL_BYTES, Settings
from verifier.trust import TrustSource
from verifier.verifications.service import VerificationService

EXIT = {"accepted": ExitCode.DONE, "rejected": ExitCode.NO, "undetermined": ExitCode.UNREACHABLE}
MARKS = {"passed": "+", "failed": "x", "undetermined": "?", "skipped": "-"}


def read_credential(file: Path) -> str:
    """Return the text of a file, or of standard input for `-`; what is not text becomes a refused credential.

    Raises: OSError.
    """
    if str(file) == "-":
        data = sys.stdin.buffer.read(MAX_CREDENTIAL_BYTES + 2)
    else:
        with file.open("rb") as opened:
            data = opened.read(MAX_CREDENTIAL_BYTES + 2)
    return data.decode("utf-8", errors="replace").strip()


async def verify_text(settings: Settings, credential: str, *, nonce: str | None, audience: str | None) -> Report:
    """Return the report. Raises: TrustUnreadable or Malformed for a register that cannot be used."""
    network = NetworkSettings(allow_loopback_http=settings.allow_loopback_http, dev_hosts=settings.dev_hosts)
    async with Fetcher(network) as fetcher:
        trust = TrustSource(settings.trust, key_file=settings.trust_key, fetcher=fetcher, once=True)
        await trust.start(now())
        service = VerificationService(trust=trust, fetcher=fetcher, clock=now)
        expected = Expected(nonce=nonce, audience=audience) if nonce is not None and audience is not None else None
        [report] = await service.verify_all(
            [credential], expected=expected, require_holder_binding=expected is not None
        )
        return report


def show_report(terminal: Terminal, report: Report) -> int:
    """Write the report, for a machine or for a person; returns the exit code."""
    answer = report.to_json(terminal.lang)
    if terminal.json:
        terminal.data(answer)
        return EXIT[report.verdict]
    terminal.show(terminal.words(f"verifier.result.{report.verdict}.title").upper())
    terminal.show(terminal.words(f"verifier.result.{report.verdict}.text"))
    shown = answer["credential"]
    if shown is not None:
        if report.verdict != "accepted":
            terminal.show(terminal.words("verifier.result.not_proven_text"))
        name = shown["issuer"]["name"] or terminal.words("verifier.result.issuer_unknown")
        terminal.show(f"{terminal.words('verifier.result.kind')}: {visible(shown['type'] or '?')}")
        terminal.show(f"{terminal.words('verifier.result.issuer')}: {visible(name)}")
    for check in answer["checks"]:
        label = text(f"verifier.result.check_names.{check['id']}", terminal.lang)
        code = f" [{check['code']}]" if check["code"] else ""
        terminal.show(f"  {MARKS[check['outcome']]} {label}: {visible(check['text'])}{code}")
    return EXIT[report.verdict]
