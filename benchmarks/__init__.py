"""Measurements behind the defaults; benchmarks/README.md shows what each module prints."""
