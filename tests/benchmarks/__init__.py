"""Benchmarks as ratios of CPU time, side by side in one run (`python -m tests.benchmarks`, `make bench`)."""
