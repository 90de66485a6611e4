"""The files that real Keras of several versions wrote, see make_version_files.py."""

import functools
import io
import tarfile
from pathlib import Path

import numpy as np

ARCHIVE = Path(__file__).parent / "keras_files" / "versions.tar.xz"


@functools.cache
def everything():
    """{version: {name: bytes}}."""
    found = {}
    with tarfile.open(ARCHIVE) as archive:
        for info in archive:
            version, _, name = info.name.partition("/")
            found.setdefault(version, {})[name] = archive.extractfile(info).read()
    return found


def members(version):
    """{name: bytes} of what one version wrote."""
    return everything()[version]


VERSIONS = tuple(sorted(everything(), key=lambda text: [int(part) for part in text.split(".")]))


def models(version):
    """Names of its models."""
    return [name.removesuffix(".keras") for name in members(version) if name.endswith(".keras")]


def known(version, name):
    """The arrays beside a file."""
    return np.load(io.BytesIO(members(version)[f"{name}.npz"]))


def text(version, name):
    """The JSON beside it."""
    return members(version)[f"{name}.json"].decode()
