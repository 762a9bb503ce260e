"""Status lists: indexes, flips, tokens."""
