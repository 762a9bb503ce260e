"""Data that ships with the package: claim schemas, type metadata, catalogue, messages. Read through `importlib.resources`."""
