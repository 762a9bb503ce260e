"""The verifier: asks a holder for credentials, says whether they hold, and shows it to an employer in plain words."""
