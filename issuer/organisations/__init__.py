"""Organisations, their API keys and accreditations."""
