"""Chuchu 出处: questions of Chinese documents, answered in quotes whose places open.

from qa import Assistant

with Assistant.open("my-library") as assistant:
    assistant.ingest(["documents"])
    print(assistant.ask("旧桥是哪一年建成的？"))
"""
