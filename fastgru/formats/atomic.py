"""A file that is there whole or not at all, whatever happens while it is written."""

import contextlib
import errno
import os
import re
import stat

try:
    import fcntl
except ImportError:  # Windows, which refuses to remove an open file by itself
    fcntl = None

_TEMPORARY = re.compile(r"\.fastgru-[0-9a-f]{16}\.tmp")
# What is answered where a folder cannot be flushed: the file system lacks it, or the folder
# may be written but not read. The new file is in place by then.
_NO_FOLDER_FLUSH = (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES)


@contextlib.contextmanager
def replacing(path):
    """A binary file that takes the place of `path` if the block ends well.

    The bytes go into a temporary file in the same folder, to the disk, and only then under
    the name; until that moment, and after any failure, the old file is untouched. Through
    a symbolic link, what it points to is replaced and the link stays. Permission bits are
    those of the old file, or what the umask leaves; other hard links keep the old bytes. A
    temporary file that a killed process left is removed by the next save into its folder.

    Raises
    ------
    OSError
        If the folder or the old file cannot be written, or the disk is full.
    """
    target = os.path.realpath(path)
    mode = _mode(target)
    folder = os.path.dirname(target)
    with contextlib.suppress(OSError):
        _sweep(folder)
    try:
        descriptor, temporary = _create(folder)
    except OSError as error:
        # The name that the caller gave, not that of the temporary file.
        error.filename = os.fspath(path)
        raise
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            if mode is not None and hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)
            file.flush()
            os.fsync(descriptor)
            # Windows renames no open file; elsewhere the lock lasts until the rename.
            if fcntl is None:
                file.close()
            os.replace(temporary, target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        # A full disk is told without a name, a failed rename with that of the temporary file.
        if isinstance(error, OSError) and error.filename in (None, temporary):
            error.filename = os.fspath(path)
        raise
    _flush_folder(folder)


def _mode(target):
    """The old file's permission bits, or None; refuses what must not be replaced."""
    try:
        found = os.stat(target)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), target)
    # A device or a pipe is not a name for bytes; a file that nobody may write was meant so.
    effective = os.access in os.supports_effective_ids
    writable = os.access(target, os.W_OK, effective_ids=effective)
    if not (stat.S_ISREG(found.st_mode) and writable):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), target)
    return stat.S_IMODE(found.st_mode) & 0o777


def _create(folder):
    """(descriptor, path) of a new locked file, whose lock says that its writer lives."""
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
    flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    while True:
        path = os.path.join(folder, f".fastgru-{os.urandom(8).hex()}.tmp")
        descriptor = os.open(path, flags, 0o666)
        if fcntl is None:
            return descriptor, path
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor, path
        os.close(descriptor)  # swept away between open and lock


def _sweep(folder):
    """Remove the temporary files of writers that are no more."""
    with os.scandir(folder) as entries:
        left = [entry.path for entry in entries if _TEMPORARY.fullmatch(entry.name)]
    for path in left:
        with contextlib.suppress(OSError):
            _remove_if_dead(path)


def _remove_if_dead(path):
    if fcntl is None:
        os.unlink(path)
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(path)
    finally:
        os.close(descriptor)


def _flush_folder(folder):
    """Make a rename last through a power cut."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_FLUSH:
            raise
