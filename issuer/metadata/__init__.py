"""Public documents: well-known metadata and type metadata."""
