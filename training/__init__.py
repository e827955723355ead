"""How rag/weights is made: published reading sets in, weights and figures out."""
