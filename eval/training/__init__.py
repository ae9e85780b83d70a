"""Making the reader that comes with Chuchu: run by hand, imported by nothing. It lies here because the judged sets are read by `eval`."""
