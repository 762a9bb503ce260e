"""OpenID4VCI 1.0: token, nonce, credential and notification endpoints."""
