"""What credentials, or supposed facts, add up to."""
