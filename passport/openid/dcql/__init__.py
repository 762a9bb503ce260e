"""The Digital Credentials Query Language: reading a query, matching it in a wallet, checking the answer.

OpenID4VP 1.0 §6 and §7. Which query to ask is the verifier's own.
"""

from __future__ import annotations

from passport.openid.dcql.checking import Excess, PresentedClaims, Problem, ResponseCheck, check_response
from passport.openid.dcql.matching import Candidate, Choice, MatchedSet, Matches, NothingMatches, answer, match
from passport.openid.dcql.paths import ConcretePath, Path, select
from passport.openid.dcql.query import (
    ClaimQuery,
    CredentialQuery,
    CredentialSet,
    Query,
    QueryMalformed,
    TrustedAuthority,
    parse_query,
)

__all__ = [
    "Candidate",
    "Choice",
    "ClaimQuery",
    "ConcretePath",
    "CredentialQuery",
    "CredentialSet",
    "Excess",
    "MatchedSet",
    "Matches",
    "NothingMatches",
    "Path",
    "PresentedClaims",
    "Problem",
    "Query",
    "QueryMalformed",
    "ResponseCheck",
    "TrustedAuthority",
    "answer",
    "check_response",
    "match",
    "parse_query",
    "select",
]
