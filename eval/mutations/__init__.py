"""Statements that a quote says and ones that it does not, made from sentences of news and CMRC train, for judging the checker."""
