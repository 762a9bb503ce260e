"""Asking a holder for credentials: OpenID4VP 1.0 with signed request objects and `direct_post`."""
