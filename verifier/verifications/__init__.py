"""Verifying a credential that somebody hands over."""
