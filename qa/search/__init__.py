"""From a query to ranked hits: text analysis, the keyword and vector indexes, fusion, the retriever."""
