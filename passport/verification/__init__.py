"""Is it so? One `verify` for the API, the page, the QR, the wallet's import, the stack and the batch check."""

from passport.verification.materials import Material, Materials, Need
from passport.verification.policy import Policy, policy_for
from passport.verification.presented import Presented, parse_presented
from passport.verification.report import Check, Outcome, Report, ShownCredential, VerifiedCredential
from passport.verification.verify import Expected, needs, verify

__all__ = [
    "Check",
    "Expected",
    "Material",
    "Materials",
    "Need",
    "Outcome",
    "Policy",
    "Presented",
    "Report",
    "ShownCredential",
    "VerifiedCredential",
    "needs",
    "parse_presented",
    "policy_for",
    "verify",
]
