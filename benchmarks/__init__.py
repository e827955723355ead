"""Measurements behind the defaults: each module prints a Markdown table (see benchmarks/README.md)."""
