"""Learning to rank from verdicts: what curators and parties decided teaches the order of tomorrow.

    examples -> training.train(...) -> Outcome(ranker, report)      # promoted or not, and why
    ranker.to_bytes() / LearnedRanker.from_bytes(...)               # plain JSON, never executed
    Matcher.rankers["need-offer"] = ranker                          # re-ranks that pair type

docs/matching.md, "Learning from verdicts", tells the method and its sources.
"""
