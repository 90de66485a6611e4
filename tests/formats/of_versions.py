"""The files that real Keras of several versions wrote, see make_version_files.py."""

import functools
import io
import tarfile
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "version_files"
VERSIONS = tuple(
    path.name[len("keras_") : -len(".tar.xz")] for path in sorted(FOLDER.iterdir())
)


@functools.lru_cache(maxsize=1)
def members(version):
    """{name: bytes} of what one version wrote."""
    with tarfile.open(FOLDER / f"keras_{version}.tar.xz") as archive:
        return {info.name: archive.extractfile(info).read() for info in archive}


def models(version):
    """Names of its models."""
    return [name.removesuffix(".keras") for name in members(version) if name.endswith(".keras")]


def known(version, name):
    """The arrays beside a file."""
    return np.load(io.BytesIO(members(version)[f"{name}.npz"]))
