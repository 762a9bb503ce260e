"""Awards: offered, issued, revoked, replaced."""
