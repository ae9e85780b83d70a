"""The offline evaluation: datasets -> runs -> metrics -> report and gate. The command is `chuchu-eval`, or `python -m eval`."""
