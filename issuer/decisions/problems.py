"""Why no decision can be recorded on a statement, each with one stable code."""

from __future__ import annotations

from issuer.problems import Refused


class DecisionRefused(Refused):
    """The statement cannot carry this decision."""

    code = "decision_refused"
    status = 409


class StatementNotTrusted(DecisionRefused):
    """The signature is not that of a verifier in the register. Params: `iss`, `reason`."""

    code = "statement_not_trusted"


class StatementOtherSchool(DecisionRefused):
    """The stack was judged for another school. Params: `school`."""

    code = "statement_other_school"


class StatementWhatIf(DecisionRefused):
    """The stack was judged over supposed facts."""

    code = "statement_what_if"


class StatementNotReady(DecisionRefused):
    """The outcome does not carry the decision. Params: `overall`."""

    code = "statement_not_ready"


class HolderNotProven(DecisionRefused):
    """Nobody proved to hold the credentials of the stack."""

    code = "statement_holder_not_proven"


class OtherPerson(DecisionRefused):
    """The claims name somebody else than the stack."""

    code = "decision_other_person"


class OtherTarget(DecisionRefused):
    """The claims are about another qualification or cohort than the stack. `errors` says where."""

    code = "decision_other_target"


class DecisionInvalid(Refused):
    """What is to be decided cannot be read, or the role cannot be. `errors` says where."""

    code = "decision_invalid"
    status = 422
    exit_code = 2


class NoRegister(Refused):
    """Whether a signature holds can only be said with a trust register."""

    code = "decision_no_register"
    status = 422
    exit_code = 2


class RegisterStale(Refused):
    """The register is past its date, so nothing can be said about a signer."""

    code = "decision_register_stale"
    status = 503
    exit_code = 3
