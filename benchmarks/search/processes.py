"""One process that writes and eight that read, each with an index of its own over one folder."""

import multiprocessing
import threading
import time
from typing import NamedTuple

from benchmarks.search.province import Province
from search import Index, Query, SearchError

READERS = 8
TURNS = 4  # with the writer and without, one after the other: what else the machine does hits both
SECONDS = 2.5
ALONE, WRITING, OVER = 0, 1, 2


class Found(NamedTuple):
    """Ratios of what eight readers answer with a writer to what they answer without."""

    by_clock: float
    by_cpu: float  # queries for each second of the readers' own CPU
    queries: int
    failed: int
    visible: list[float]  # ms from a save to when another process finds it


def _read(folder, ready, phase, seed, out):
    index, province = Index(folder), Province(seed)
    texts = [text for text, _ in province.queries(2)]
    index.search(Query(texts[0]))
    done, spent, failed = [0, 0], [0.0, 0.0], 0
    ready.wait()
    while (now := phase.value) != OVER:
        began = time.process_time()
        try:
            index.search(Query(texts[sum(done) % len(texts)]))
        except SearchError:
            failed += 1
        done[now] += 1
        spent[now] += time.process_time() - began
    out.put((done, spent, failed))


def readers_and_a_writer(folder, size) -> Found:
    """The writer saves one listing, waits until another process finds it, and saves the next."""
    spawned = multiprocessing.get_context("spawn")
    out, ready = spawned.Queue(), spawned.Barrier(READERS + 1)
    phase = spawned.Value("i", ALONE)
    readers = [
        spawned.Process(target=_read, args=(folder, ready, phase, seed, out))
        for seed in range(READERS)
    ]
    for each in readers:
        each.start()
    ready.wait()
    lasted, visible = [0.0, 0.0], []
    write = _writer(folder, size, visible)
    for turn in range(2 * TURNS):
        phase.value = turn % 2
        began = time.monotonic()
        while time.monotonic() < began + SECONDS:
            write() if phase.value == WRITING else time.sleep(0.05)
        lasted[phase.value] += time.monotonic() - began
    phase.value = OVER
    told = [out.get() for _ in readers]
    for each in readers:
        each.join()
    done = [sum(each[0][now] for each in told) for now in (ALONE, WRITING)]
    spent = [sum(each[1][now] for each in told) for now in (ALONE, WRITING)]
    return Found(
        by_clock=done[WRITING] / lasted[WRITING] * lasted[ALONE] / done[ALONE],
        by_cpu=done[WRITING] / spent[WRITING] * spent[ALONE] / done[ALONE],
        queries=sum(done),
        failed=sum(each[2] for each in told),
        visible=visible,
    )


def _writer(folder, size, visible):
    writer, province = Index(folder), Province(11)
    other = Index(folder)  # looks twice a second, like every process of the site

    def write():
        number = size + 1_000 + len(visible)
        fresh = province.document(number)
        query = Query(f"HY-{number:06d}", audiences=frozenset({fresh.audience}))

        def look():
            while not other.search(query).total:
                time.sleep(0.01)
            visible.append((time.perf_counter() - start) * 1000)

        looking = threading.Thread(target=look)
        start = time.perf_counter()
        looking.start()  # it is found before `update` returns: tidying up comes after the commit
        writer.update([fresh], [], position=number)
        looking.join()

    return write
