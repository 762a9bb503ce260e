"""The issuer: organisations sign credentials here and holders collect them by OpenID4VCI 1.0.

Stands on `passport`; never imports `verifier` or `wallet_cli`.
"""
