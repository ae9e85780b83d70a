"""The reader: a small trained network that marks where in a passage the answer to a query stands."""
