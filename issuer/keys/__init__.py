"""Signing keys, their certificates and the embedded certificate authority."""
