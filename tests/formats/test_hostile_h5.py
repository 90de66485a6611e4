"""What only older HDF5 files can do; test_hostile_files.py has the others."""

import io
import itertools
import json
import random
import struct

import h5py
import pytest
from formats import hostile_h5
from formats.archives import changed_weights, load, paths, put
from formats.test_hostile_files import ODD, assert_no_other_exception

import fastgru

GOOD = hostile_h5.good()


@pytest.mark.filterwarnings("ignore:.*starts afresh:UserWarning")
@pytest.mark.parametrize("key", [hostile_h5.MODEL, hostile_h5.TRAINING])
def test_odd_values_anywhere_in_the_configuration(key):
    rng = random.Random(2)
    with h5py.File(io.BytesIO(GOOD)) as root:
        config = json.loads(root.attrs[key])
    places = list(paths(config))[:: 1 + (key == hostile_h5.MODEL)]
    for version, place in itertools.product((b"1.2.2", b"2.15.0", b"3.15.1"), places):
        text = json.dumps(put(config, place, rng.choice(ODD))).encode()
        found = {"keras_version": version, key: text}
        assert_no_other_exception(
            changed_weights(GOOD, lambda root, a=found: root.attrs.update(a))
        )


def parts_of_a_heap():
    """Where each part of the first heap begins."""
    here = GOOD.index(b"GCOL") + 16
    while True:
        yield here
        number, size = struct.unpack_from("<H6xQ", GOOD, here)
        if not number:
            return
        here += 16 + -(-size // 8) * 8


def test_a_heap_that_never_ends_is_refused():
    # HDF5 goes from part to part by their lengths, for ever where one is zero.
    sentence = "load_model: the file must keep its texts in sound heaps; got a damaged one."
    for at in parts_of_a_heap():
        for number, length in ((0, 0), (0, 8), (1, 2**64 - 16), (1, len(GOOD))):
            changed = bytearray(GOOD)
            struct.pack_into("<H6xQ", changed, at, number, length)
            with pytest.raises(fastgru.ModelFormatError) as caught:
                load(bytes(changed))
            assert str(caught.value) == sentence
