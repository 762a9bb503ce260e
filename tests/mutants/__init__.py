"""Mutation tests of the decision rules: `python -m tests.mutants.run`."""
