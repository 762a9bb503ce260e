"""The leerbedrijf's signed assessment of work processes."""
