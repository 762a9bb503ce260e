"""Who did what when: append-only and hash-chained, without personal data."""
