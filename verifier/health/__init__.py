"""Whether this service runs, whether it can do its work, and its counters."""
