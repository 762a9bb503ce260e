"""Data that ships with the package: claims, type metadata, catalogue, messages; read by importlib.resources."""
