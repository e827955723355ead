"""How rag/weights was made: published reading sets in, weights and figures out."""
