"""The suites of the adapters, run by tests/test_adapters.py where their frameworks are seen."""
