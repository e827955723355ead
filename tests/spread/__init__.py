"""Builds by the workers of a scheduler, run by tests/test_spread.py where Dask is seen."""
