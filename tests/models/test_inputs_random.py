"""Random views of random arrays, as hypothesis finds them."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from small_models import VOCABULARY, predict, set_by_formula

from fastgru import Sequential
from fastgru.layers import GRU, Dense, Embedding

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

few = settings(max_examples=60, deadline=None, derandomize=True, database=None)
numeric = st.one_of(
    hnp.boolean_dtypes(), hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"), hnp.floating_dtypes(endianness="?"),
)  # fmt: skip
MODEL = set_by_formula(Sequential([GRU(3, input_shape=(None, 2)), Dense(2, "softmax")]))
WORDS = set_by_formula(
    Sequential([Embedding(VOCABULARY, 3, mask_zero=True, input_shape=(None,)), GRU(3)])
)


@st.composite
def views(draw, axes, last=None):
    """(array, view): some steps of every axis, in some direction, the axes in some order."""
    sizes = [draw(st.integers(1, 5)) for _ in range(axes)]
    sizes[-1] = last or sizes[-1]
    steps = [draw(st.sampled_from([-2, -1, 0, 1, 2, 3])) for _ in sizes]
    order = draw(st.permutations(range(axes)))
    room = [1 + (size - 1) * abs(step) for size, step in zip(sizes, steps, strict=True)]
    # Ids as well as numbers, which every dtype holds exactly.
    digits = hnp.arrays(np.int8, [room[axis] for axis in order], elements=st.integers(0, 9))
    base = draw(digits).astype(draw(numeric))
    view = base.transpose(np.argsort(order))[
        tuple(slice(None, None, step or 1) for step in steps)
    ]
    return base, np.broadcast_to(view, sizes)


@few
@given(views(3, last=2), st.integers(1, 6))
def test_any_view_of_any_numbers_is_read_as_float32(pair, batch_size):
    base, x = pair
    before = base.tobytes()
    plain = np.ascontiguousarray(x).astype(np.float32)
    out = predict(MODEL, x, batch_size=batch_size)
    assert_array_equal(out, predict(MODEL, plain, batch_size=batch_size))
    assert base.tobytes() == before


@few
@given(views(2), st.integers(1, 6))
def test_any_view_of_any_ids_is_read_as_ids(pair, batch_size):
    base, x = pair
    before = base.tobytes()
    plain = np.ascontiguousarray(x).astype(np.int32)
    out = predict(WORDS, x, batch_size=batch_size)
    assert_array_equal(out, predict(WORDS, plain, batch_size=batch_size))
    assert base.tobytes() == before


@few
@given(hnp.arrays(hnp.integer_dtypes() | hnp.unsigned_integer_dtypes(),
                  hnp.array_shapes(min_dims=2, max_dims=2, max_side=4)))  # fmt: skip
def test_any_integers_are_ids_or_an_index_error(x):
    inside = x.min() >= 0 and x.max() < VOCABULARY
    if inside:
        assert np.isfinite(predict(WORDS, x)).all()
    else:
        with pytest.raises(IndexError, match=r"^predict: ids must lie in \[0, 10\) for "):
            predict(WORDS, x)
