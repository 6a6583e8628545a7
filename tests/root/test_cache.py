import os

import pytest

from hicannx.cache import cache_dir, cache_folder, cached, write_atomically


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HICANNX_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_build_runs_once_for_the_same_content(folder):
    built = []

    def build():
        built.append(1)
        return {"x": len(built)}

    assert cached("table", [b"one"], build) == {"x": 1}
    assert cached("table", [b"one"], build) == {"x": 1}
    assert cached("table", [b"two"], build) == {"x": 2}
    assert cache_dir() == folder


def test_a_broken_entry_is_made_anew(folder):
    cached("table", [b"one"], lambda: 1)
    (entry,) = folder.iterdir()
    entry.write_bytes(b"\x80garbage")
    assert cached("table", [b"one"], lambda: 2) == 2


def test_what_cannot_be_pickled_is_still_returned(folder):
    assert cached("table", [b"f"], lambda: lambda: 3)() == 3


def test_an_unwritable_folder_falls_back(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HICANNX_CACHE_DIR", str(tmp_path / "file" / "below"))
    assert cached("table", [b"one"], lambda: 5) == 5


def test_a_folder_that_cannot_be_made_is_elsewhere(folder, monkeypatch):
    assert cache_folder("kernels", "complete") == folder / "kernels"
    (folder / "other").write_text("")
    found = cache_folder("other", "complete")
    assert (found.is_dir(), found.name, cache_dir()) == (True, "other", found.parent)


def test_a_folder_that_can_only_be_read_serves_when_it_is_complete(folder, monkeypatch):
    made = cache_folder("kernels", "complete")
    (made / "complete").write_text("1")
    cache_folder("half", "complete")
    monkeypatch.setattr(os, "access", lambda path, mode: not (mode & os.W_OK and folder in path.parents))
    assert cache_folder("kernels", "complete") == made
    found = cache_folder("half", "complete")
    assert (found.is_dir(), found.name, cache_dir()) == (True, "half", found.parent)
    assert folder not in found.parents


def test_atomic_write_leaves_nothing_else(tmp_path):
    write_atomically(tmp_path / "a" / "b.txt", b"hello")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"hello"


def test_files_have_the_permissions_of_ordinary_ones(tmp_path):
    write_atomically(tmp_path / "made.txt", b"hello")
    (tmp_path / "plain.txt").write_text("hello")
    assert (tmp_path / "made.txt").stat().st_mode == (tmp_path / "plain.txt").stat().st_mode


def test_a_link_leads_to_the_file_that_is_replaced(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("older")
    link.symlink_to(target)
    write_atomically(link, b"newer")
    assert link.is_symlink() and target.read_text() == "newer"


def test_pipes_stay_what_they_are(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(pipe, b"content")
    assert os.read(reader, 100) == b"content"
    os.close(reader)
    assert pipe.is_fifo() and list(tmp_path.iterdir()) == [pipe]
