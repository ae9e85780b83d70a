"""The report: one self-contained HTML page of an evaluation, for a person to read."""
