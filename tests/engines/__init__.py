"""The contract of a store, run by tests/test_engines.py where the client of Milvus is seen."""
