"""How well documents are read: decoding, paragraphs cut by pages and columns, publications, reprints, speed. One module a measurement."""
