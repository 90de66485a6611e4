"""A save is all or nothing, whatever happens while it runs."""

import contextlib
import errno
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from fastgru.formats import atomic
from fastgru.formats.atomic import replacing

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX files")
OLD, NEW = b"the old file", b"the new one"


def write(path, data=NEW):
    with replacing(path) as file:
        file.write(data)


def litter(folder):
    return [path for path in Path(folder).iterdir() if path.suffix == ".tmp"]


@contextlib.contextmanager
def as_nobody():
    """Without root's rights, which no permission bit stops."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder():
    """A folder that another user can get into."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_new_file_appears_whole(tmp_path):
    write(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == NEW
    assert litter(tmp_path) == []


def test_the_old_file_is_there_until_the_end(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(OLD)
    with replacing(path) as file:
        file.write(NEW)
        file.flush()
        assert path.read_bytes() == OLD
    assert path.read_bytes() == NEW


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_the_old_file_and_no_litter(tmp_path, failure):
    path = tmp_path / "a"
    path.write_bytes(OLD)
    with pytest.raises(failure), replacing(path) as file:
        file.write(NEW)
        raise failure
    assert path.read_bytes() == OLD
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_fails_leaves_the_old_file(tmp_path, monkeypatch, call):
    path = tmp_path / "a"
    path.write_bytes(OLD)

    def fail(*args):
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(atomic.os, call, fail)
    with pytest.raises(OSError, match="input/output error"):
        write(path)
    assert path.read_bytes() == OLD
    assert os.listdir(tmp_path) == ["a"]


@posix
def test_the_bytes_are_on_the_disk_before_the_name(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)

        def note(*args, name=name, real=real):
            kind = (
                "folder" if name == "fsync" and os.path.isdir(f"/dev/fd/{args[0]}") else "file"
            )
            calls.append((name, kind))
            return real(*args)

        monkeypatch.setattr(atomic.os, name, note)
    write(tmp_path / "a")
    assert calls == [("fsync", "file"), ("replace", "file"), ("fsync", "folder")]


@posix
def test_a_folder_that_cannot_be_flushed_is_no_failure(tmp_path, monkeypatch):
    real = os.fsync

    def fsync(descriptor):
        if os.path.isdir(f"/dev/fd/{descriptor}"):
            raise OSError(errno.EINVAL, "invalid argument")
        real(descriptor)

    monkeypatch.setattr(atomic.os, "fsync", fsync)
    write(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == NEW


@posix
def test_permission_bits_are_kept_or_the_umask_s(tmp_path):
    path = tmp_path / "a"
    before = os.umask(0o027)
    try:
        write(path)
        assert path.stat().st_mode & 0o777 == 0o640
        path.chmod(0o604)
        write(path)
        assert path.stat().st_mode & 0o777 == 0o604
    finally:
        os.umask(before)


@posix
def test_what_a_link_points_to_is_replaced_and_the_link_stays(tmp_path):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "a", tmp_path / "link"
    target.write_bytes(OLD)
    link.symlink_to(target)
    write(link)
    assert link.is_symlink()
    assert target.read_bytes() == NEW


@posix
def test_a_link_to_nothing_gives_it_something(tmp_path):
    link = tmp_path / "link"
    link.symlink_to("a")
    write(link)
    assert link.is_symlink()
    assert (tmp_path / "a").read_bytes() == NEW


@posix
def test_a_device_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PermissionError):
        write(tmp_path / "pipe")
    with pytest.raises(IsADirectoryError):
        write(tmp_path)
    assert os.listdir(tmp_path) == ["pipe"]


@posix
def test_a_folder_or_file_without_permission_is_told_by_the_user_s_name(open_folder):
    path = open_folder / "a"
    path.write_bytes(OLD)
    open_folder.chmod(0o555)
    with as_nobody(), pytest.raises(PermissionError) as caught:
        write(path)
    assert caught.value.filename == str(path)
    open_folder.chmod(0o777)
    with as_nobody(), pytest.raises(PermissionError):
        write(path)
    assert path.read_bytes() == OLD
    assert os.listdir(open_folder) == ["a"]


def test_a_missing_folder_is_told_by_the_user_s_name(tmp_path):
    path = tmp_path / "missing" / "a"
    with pytest.raises(FileNotFoundError) as caught:
        write(path)
    assert caught.value.filename == str(path)


@posix
def test_the_next_save_removes_what_a_dead_writer_left_but_not_a_living_one_s(tmp_path):
    dead = tmp_path / f".fastgru-{'0' * 16}.tmp"
    other = tmp_path / ".fastgru-mine.tmp"
    for path in (dead, other):
        path.write_bytes(b"part")
    with replacing(tmp_path / "a") as file:
        file.write(NEW)
        write(tmp_path / "b")
    assert sorted(os.listdir(tmp_path)) == [".fastgru-mine.tmp", "a", "b"]
