"""The measurements behind the defaults; benchmarks/README.md shows the results of each module."""
