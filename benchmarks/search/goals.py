"""Each goal with what was found and whether it is reached; they are meant for 100,000 listings,
that of Whoosh for 10,000."""

import statistics

from benchmarks.search.queries import BY_RANK, FEW, HYBRID, TEXT_CASES, percentile
from benchmarks.search.saving import PUBLISHED, ROW, SAVED

TANTIVY, WHOOSH, FTS5 = "tantivy", "whoosh", "fts5"


def goals(found):
    """A line for each goal."""
    spent = found["spent"]

    def p(share, engine, case):
        return percentile(spent[case, engine], share)

    ratios = {case: p(95, TANTIVY, case) / p(95, FTS5, case) for case in TEXT_CASES}
    worst = max(ratios, key=ratios.get)
    mean = statistics.geometric_mean(ratios.values())
    yield _line("G1", "text p95 / FTS5 p95, geometric mean", mean, 0.08)
    yield _line("G1", f"the same, worst case ({worst})", ratios[worst], 0.15)
    for engine, case, how in (
        (TANTIVY, HYBRID, "as the site does it"),
        (TANTIVY, FEW, "the same where few have the words"),
        (BY_RANK, HYBRID, "two lists by rank"),
    ):
        hybrid = p(95, engine, case) / p(95, FTS5, HYBRID)
        yield _line("G2", f"hybrid p95 / FTS5 text p95, {how}", hybrid, 0.12)
        words = p(50, engine, case) / p(50, TANTIVY, "2 terms")
        yield _line("G3", f"hybrid p50 / text p50, {how}", words, 1.5)
    for share in (50, 95):
        extra = p(share, TANTIVY, "filter, facets") / p(share, TANTIVY, "bare")
        yield _line("G4", f"filter and facets p{share} / the same query without", extra, 1.3)
    yield _line("G5", "filtered vectors / scan of all", found["filtered"], 0.015)
    yield _line("G5", "its recall", found["recall"], 1.0, least=True)
    if "processes" in found:
        told = found["processes"]
        yield _line("G8", "visible in another process, p95 ms", percentile(told.visible, 95), 1000)
        yield _line("G8", "reads with a writer / without, clock", told.by_clock, 0.9, least=True)
        yield _line("G8", "the same by the readers' CPU", told.by_cpu, 0.9, least=True)
        yield _line("G8", "reads that failed", told.failed, 0)
    built = found[f"build {TANTIVY}"] / found["analysis"]
    thread = found[f"build_thread {TANTIVY}"] / found["analysis"]
    clock = found[f"build_clock {TANTIVY}"] / found["analysis_clock"]
    yield _line("G9", "rebuild / analysis alone, clock", clock, 1.3)
    yield _line("G9", "rebuild / analysis alone, CPU of the thread that analyses", thread, 1.3)
    yield _line("G9", "rebuild / analysis alone, CPU of all threads", built, 1.3)
    if f"build {WHOOSH}" in found:
        ands = [p(95, WHOOSH, case) / p(95, FTS5, case) for case in ("2 terms", "4 terms")]
        yield _line("G15", "Whoosh p95 / FTS5 p95 on AND queries, worst", max(ands), 8.0)
    yield "G10 is judged by benchmarks.search_quality, G14 by tests/test_search_engines.py too"


def goals_of_saving(spent, together):
    """Those of `benchmarks.search.saving`; what has no bound is not search's doing."""
    for clock, measured in enumerate(("CPU", "clock")):

        def ratio(over, under, clock=clock):
            return spent[over][clock] / spent[under][clock]

        for act in (SAVED, PUBLISHED):
            what = f"{act}, as search asks / the same without, {measured}"
            yield _line("G8", what, ratio((act, True), (act, False)), 1.25)
        what = f"row and row of the outbox / row alone, in SQLite, {measured}"
        yield _line("G8", what, ratio((ROW, True), (ROW, False)), 1.25)
        acts = ", ".join(
            f"{act} {ratio((act, True), (ROW, False)):.0f}x" for act in (SAVED, PUBLISHED)
        )
        yield f"     whole service / row alone, {measured}: {acts}"
    saves, searches, failed, visible = together
    yield _line("G8", f"{saves} saves, {searches:,} searches of 8 processes: failed", failed, 0)
    yield _line("G8", "a published listing found, p95 ms", percentile(visible, 95), 1000)


def _line(name, what, value, bound, *, least=False):
    reached = value >= bound if least else value <= bound
    sign = ">=" if least else "<="
    return f"{name:<4} {what}: {value:.3f} ({sign} {bound}) {'ok' if reached else 'NOT REACHED'}"
