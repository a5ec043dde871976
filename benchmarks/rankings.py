"""What every ranking benchmark shares: rows of figures, and the LSA baseline."""

from collections.abc import Callable

import numpy as np

from matching.evaluation import measure
from matching.text import bigrams, syllables

# Latent semantic analysis as in the table of baselines: TF-IDF of words and pairs, 200 components.
LSA_COMPONENTS = 200


def rows_of(set_name: str, rankings: dict[str, dict[str, list[str]]], qrels) -> list[dict]:
    """ranker -> query -> ranking, as one row of measures per ranker."""
    return [
        {"set": set_name, "ranker": ranker, **measure(of_queries, qrels)}
        for ranker, of_queries in rankings.items()
    ]


def lsa(texts: list[str]) -> Callable[[str], np.ndarray]:
    """Query text -> cosine with each text in the space of its latent topics."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    weigh = TfidfVectorizer(analyzer=words_and_pairs, sublinear_tf=True)
    weighed = weigh.fit_transform(texts)
    size = max(1, min(LSA_COMPONENTS, min(weighed.shape) - 1))
    reduce = TruncatedSVD(size, random_state=0)
    documents = normalize(reduce.fit_transform(weighed))
    return lambda text: documents @ normalize(reduce.transform(weigh.transform([text])))[0]


def words_and_pairs(text: str) -> list[str]:
    words = syllables(text)
    return [*words, *bigrams(words)]
