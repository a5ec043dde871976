"""kill -9 at any moment: what was committed is there, with its position, and work goes on."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from search import Document, Index, Query
from search.engines import available

ROOT = Path(__file__).parent.parent
ENGINES = available()


@pytest.fixture(scope="module", params=ENGINES.values(), ids=ENGINES)
def engine(request):
    return request.param


# Position n means: documents 0 to n-1 are in the index, each with the version of its last writing.
WRITER = """
import sys
from search import Document, Index
from search.engines import available
index = Index(sys.argv[1], available()[sys.argv[2]])
number = index.position
print("started", flush=True)
while True:
    document = Document(f"l{number}", "offer", "public", f"Máy sấy {number}", "Sấy nhãn " * 50)
    again = Document("l0", "offer", "public", "Máy sấy 0", "Sấy", version=number)
    index.update([document, again], [], number + 1)
    number += 1
"""
REBUILDER = """
import sys
from search import Document, Index
from search.engines import available
index = Index(sys.argv[1], available()[sys.argv[2]])
print("started", flush=True)
while True:
    index.rebuild(
        [Document(f"l{n}", "offer", "public", f"Máy sấy {n}", "") for n in range(50)], position=50
    )
"""


def killed(program, folder, engine, seconds, meanwhile=lambda: None, enough=lambda: True):
    """Run a program, do something again and again `meanwhile`, and kill it without warning after
    so many seconds, or on a busy machine as soon as it has done `enough`."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(folder), engine.name], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"started\n"
    end, at_last = time.monotonic() + seconds, time.monotonic() + 30
    while time.monotonic() < end or not (enough() or time.monotonic() > at_last):
        meanwhile()
        time.sleep(0.005)
    assert process.poll() is None, "it should have been busy until it was killed"
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_killed_writer_loses_nothing_it_committed(tmp_path, engine):
    first = Document("l0", "offer", "public", "Máy sấy 0", "")
    Index(tmp_path, engine).rebuild([first], position=1)
    reader = Index(tmp_path, engine, refresh_seconds=0)
    seen = [1]

    def read():
        results = reader.search(Query("máy sấy", limit=1000))
        assert results.total == len({hit.key for hit in results.hits}) >= seen[-1]
        seen.append(results.total)

    before = 1
    for seconds in (0.05, 0.11, 0.23, 0.31, 0.4):
        grown = seen[-1] + 1
        killed(WRITER, tmp_path, engine, seconds, read, lambda: seen[-1] > grown)  # noqa: B023
        index = Index(tmp_path, engine)
        assert index.needs_rebuild() is None
        position = index.position
        assert position >= before
        assert index.keys().keys() == {f"l{number}" for number in range(position)}
        assert index.keys()["l0"] == (position - 1 if position > 1 else 0)
        assert index.search(Query("máy sấy", limit=0)).total == position
        assert reader.search(Query("máy sấy", limit=0)).total == position
        before = position
    assert before > 5
    assert len(set(seen)) > 3  # it was read while it grew, from another process


@pytest.mark.parametrize("seconds", [0.02, 0.07, 0.15])
def test_a_killed_rebuild_leaves_a_whole_index(tmp_path, seconds, engine):
    index = Index(tmp_path, engine, refresh_seconds=0)
    index.rebuild([Document("old", "offer", "public", "Máy", "")], position=1)
    killed(REBUILDER, tmp_path, engine, seconds)
    assert (len(index.keys()), index.position) in {(1, 1), (50, 50)}
    index.rebuild([Document("new", "offer", "public", "Máy", "")], position=2)
    assert list(index.keys()) == ["new"]


def test_what_a_killed_writer_left_half_done_stops_nobody(tmp_path):
    """Tantivy names the file of dead documents by a counter, which begins again where the last
    commit left it: a writer killed just before its commit has written the next one's file."""
    engine = available()["tantivy"]
    whole, half = tmp_path / "whole", tmp_path / "half"
    documents = [Document(f"l{n}", "offer", "public", f"Máy sấy {n}", "") for n in range(20)]
    Index(whole, engine).rebuild(documents, position=1)
    shutil.copytree(whole, half)
    changed = [Document("l0", "offer", "public", "Máy ép", "")]
    Index(whole, engine).update(changed, [], 2)
    left = {path for pattern in ("*.del", ".managed.json") for path in whole.rglob(pattern)}
    assert len(left) == 2
    for path in left:
        shutil.copy(path, half / path.relative_to(whole))
    index = Index(half, engine, refresh_seconds=0)
    assert index.position == 1
    index.update(changed, [], 2)
    assert index.position == 2
    assert [hit.key for hit in index.search(Query("máy ép")).hits] == ["l0"]
