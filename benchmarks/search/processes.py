"""One process that writes and several that read, each with an index of its own over one folder."""

import multiprocessing
import threading
import time

from benchmarks.search.province import Province
from search import Index, Query, SearchError

READERS = 4
SECONDS = 4


def _read(folder, ready, seed, out):
    index, province = Index(folder), Province(seed)
    texts = [text for text, _ in province.queries(2)]
    index.search(Query(texts[0]))
    done, failed = 0, 0
    ready.wait()
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            index.search(Query(texts[done % len(texts)]))
        except SearchError:
            failed += 1
        done += 1
    out.put((done, failed))


def _throughput(folder, meanwhile):
    spawned = multiprocessing.get_context("spawn")
    out, ready = spawned.Queue(), spawned.Barrier(READERS + 1)
    readers = [
        spawned.Process(target=_read, args=(folder, ready, seed, out)) for seed in range(READERS)
    ]
    for each in readers:
        each.start()
    ready.wait()
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        meanwhile()
    told = [out.get() for _ in readers]
    for each in readers:
        each.join()
    return sum(done for done, _ in told), sum(failed for _, failed in told)


def readers_and_a_writer(folder, size):
    """Queries answered by all readers alone and with a writer, failures, and the times from a
    save to when another process finds it, in ms."""
    alone, _ = _throughput(folder, lambda: time.sleep(0.05))
    writer, province, visible = Index(folder), Province(11), []
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

    with_writer, failed = _throughput(folder, write)
    return alone, with_writer, failed, visible
