"""Texts and facts in; ranked, explained pairs out. Knows nothing of Flask, SQLAlchemy or the site.

    encoder = encoders.load()                       # bundled multilingual E5-small
    cache = EmbeddingCache("embeddings.sqlite")
    matcher = Matcher(encoder, PassageIndex(encoder.name, encoder.dimensions), cache)
    matcher.add(record)                             # encode what is new, index it
    matcher.match(record, "need-offer", limit=10)   # -> list[Suggestion], best first

docs/matching.md explains the method, its sources and its measurements.
"""
