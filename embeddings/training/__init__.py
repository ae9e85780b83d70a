"""Scripts that make the data files of `embeddings`. Needed to make them again, never to use them."""
