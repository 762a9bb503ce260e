"""Verify what is held, with the one verification: bring the documents, then judge. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from passport.errors import Malformed
from passport.network import Fetcher, gather
from passport.terminal import ExitCode
from passport.trust.register import TrustRegister
from passport.verification import Presented, Report, parse_presented, policy_for, verify


async def check_all(
    texts: Sequence[str], register: TrustRegister | None, fetcher: Fetcher, *, at: datetime
) -> list[Report]:
    """Return one report for each credential, in order; what does not parse gives a rejected report."""
    parsed = [_parse(text) for text in texts]
    materials = await gather([one for one in parsed if isinstance(one, Presented)], register, fetcher, at=at)
    policy = policy_for(require_holder_binding=False)
    return [verify(one, materials, register, policy, at=at) for one in parsed]


def _parse(text: str) -> Presented | str:
    try:
        return parse_presented(text)
    except Malformed:
        return text


def exit_code_of(reports: Sequence[Report]) -> int:
    """Return 0 when all are accepted, 1 when one is rejected, else 3: something could not be looked up."""
    verdicts = {report.verdict for report in reports}
    if "rejected" in verdicts:
        return ExitCode.NO
    return ExitCode.UNREACHABLE if "undetermined" in verdicts else ExitCode.DONE
