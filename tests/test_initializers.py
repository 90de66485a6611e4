"""Initialisers draw from Keras' distributions, and the same numbers for the same seed."""

import math
import re

import numpy as np
import pytest
from fresh_python import run_python
from numpy.testing import assert_allclose, assert_array_equal

from fastgru import Sequential, initializers
from fastgru.initializers import (
    STFT,
    Constant,
    GlorotUniform,
    HeNormal,
    Identity,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
)
from fastgru.initializers.matrices import _WINDOWS
from fastgru.initializers.scaled import fans
from fastgru.layers import GRU, Conv1D, Dense, Embedding, Input
from fastgru.utils import set_random_seed

# 60,000 numbers: a deviation is then known to 0.3 percent, a share to 0.2.
SHAPE = (200, 300)

# Share of the numbers within one standard deviation of the mean.
WITHIN = {"uniform": 0.5774, "untruncated_normal": 0.6827, "truncated_normal": 0.6504}
# Standard deviation of a standard normal that is cut at two.
CUT = 0.8796256610342398

# (in, out) = (200, 300); name: variance, distribution.
NAMED = {
    "glorot_uniform": (2 / 500, "uniform"),
    "glorot_normal": (2 / 500, "truncated_normal"),
    "he_uniform": (2 / 200, "uniform"),
    "he_normal": (2 / 200, "truncated_normal"),
    "lecun_uniform": (1 / 200, "uniform"),
    "lecun_normal": (1 / 200, "truncated_normal"),
}


def rng():
    return np.random.default_rng(0)


def assert_distributed(values, variance, distribution, mean=0.0):
    deviation = math.sqrt(variance)
    far = np.abs(values - mean).max()
    assert_allclose(values.mean(), mean, atol=0.02 * deviation)
    assert_allclose(values.std(), deviation, rtol=0.01)
    within = (np.abs(values - mean) <= deviation).mean()
    assert_allclose(within, WITHIN[distribution], atol=0.01)
    limits = {"uniform": math.sqrt(3) * deviation, "truncated_normal": 2 * deviation / CUT}
    if distribution in limits:
        assert 0.999 * limits[distribution] < far <= limits[distribution]
    else:
        assert far > 3.5 * deviation


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((), (1, 1)),
        ((5,), (5, 5)),
        ((3, 7), (3, 7)),
        ((2, 3, 5), (6, 10)),
        ((2, 4, 3, 5), (24, 40)),
    ],
)
def test_fans_are_counted_as_keras_counts_them(shape, expected):
    assert fans(shape) == expected


def test_given_axes_say_what_is_counted():
    shape = (200, 30, 10)
    assert fans(shape, [0], [1, -1]) == (200, 300)
    # One list alone counts for nothing, in Keras too.
    assert fans(shape, [0]) == fans(shape) == (6000, 2000)
    values = HeNormal(input_axes=[0], output_axes=(1, 2))(shape, rng())
    assert_distributed(values, 2 / 200, "truncated_normal")
    made = VarianceScaling(2, "fan_out", "normal", 1, [0], [1, 2])
    assert_distributed(made(shape), 2 / 300, "truncated_normal")
    config = {"seed": None, "input_axes": [0], "output_axes": [1, 2]}
    assert GlorotUniform(None, [0], (1, 2)).get_config() == config
    assert GlorotUniform.from_config(config).get_config() == config


@pytest.mark.parametrize("name", NAMED)
def test_the_named_scalings_have_their_distribution(name):
    assert_distributed(initializers.get(name)(SHAPE, rng()), *NAMED[name])


@pytest.mark.parametrize("distribution", WITHIN)
@pytest.mark.parametrize(("mode", "fan"), [("fan_in", 200), ("fan_out", 300), ("fan_avg", 250)])
def test_variance_scaling_has_the_variance_scale_over_fan(mode, fan, distribution):
    values = VarianceScaling(0.7, mode, distribution)(SHAPE, rng())
    assert_distributed(values, 0.7 / fan, distribution)


def test_plain_distributions_have_their_parameters():
    normal = RandomNormal(0.3, 0.2)(SHAPE, rng())
    assert_distributed(normal, 0.04, "untruncated_normal", 0.3)
    # The deviation given is that before cutting.
    cut = TruncatedNormal(0.3, 0.2)(SHAPE, rng())
    assert_distributed(cut, (0.2 * CUT) ** 2, "truncated_normal", 0.3)
    uniform = RandomUniform(-0.1, 0.5)(SHAPE, rng())
    assert_distributed(uniform, 0.6**2 / 12, "uniform", 0.2)


def test_defaults_are_those_of_keras():
    assert RandomNormal().get_config() == {"mean": 0.0, "stddev": 0.05, "seed": None}
    assert TruncatedNormal().get_config() == {"mean": 0.0, "stddev": 0.05, "seed": None}
    assert RandomUniform().get_config() == {"minval": -0.05, "maxval": 0.05, "seed": None}
    assert VarianceScaling().get_config() == {
        "scale": 1.0, "mode": "fan_in", "distribution": "truncated_normal", "seed": None,
    }  # fmt: skip
    assert Orthogonal().get_config() == {"gain": 1.0, "seed": None}
    assert Identity().get_config() == {"gain": 1.0}
    assert Constant().get_config() == {"value": 0.0}


def test_constants_are_constant():
    assert_array_equal(Zeros()((2, 3)), np.zeros((2, 3)))
    assert_array_equal(Ones()((2, 3)), np.ones((2, 3)))
    assert_array_equal(Constant(2.5)((2, 3)), np.full((2, 3), 2.5))
    assert_array_equal(Identity(3)((2, 3)), [[3, 0, 0], [0, 3, 0]])


@pytest.mark.parametrize("shape", [(4, 12), (12, 4), (5, 5), (1, 3), (2, 3, 4)])
def test_the_shorter_side_of_an_orthogonal_matrix_is_orthonormal(shape):
    values = Orthogonal(gain=1.5)(shape, rng())
    assert values.shape == shape
    matrix = values.reshape(-1, shape[-1])
    rows, columns = matrix.shape
    product = matrix @ matrix.T if rows <= columns else matrix.T @ matrix
    assert_allclose(product, 1.5**2 * np.eye(min(rows, columns)), atol=1e-14)


def test_orthogonal_matrices_have_no_preferred_sign():
    # LAPACK's Q has: its first entry is that of a Householder vector.
    generator = rng()
    positive = [Orthogonal()((3, 3), generator).diagonal() > 0 for _ in range(300)]
    assert_allclose(np.mean(positive, axis=0), 0.5, atol=0.1)


SHAPES = {"STFT": (3, 1, 5)}


@pytest.mark.parametrize("name", initializers.CLASSES)
def test_values_are_float64_of_the_shape_which_may_be_a_list(name):
    shape = SHAPES.get(name, (3, 5))
    values = initializers.CLASSES[name]()(list(shape), rng())
    assert (values.dtype, values.shape) == (np.float64, shape)


SEEDED = [n for n, cls in initializers.CLASSES.items() if "seed" in cls().get_config()]


@pytest.mark.parametrize("name", SEEDED)
def test_a_seed_gives_the_same_numbers_whatever_the_generator(name):
    cls = initializers.CLASSES[name]
    first, generator = cls(seed=3), rng()
    expected = first((4, 6), generator)
    assert_array_equal(first((4, 6), generator), expected)
    assert_array_equal(cls(seed=3)((4, 6)), expected)
    assert not np.array_equal(cls(seed=4)((4, 6)), expected)
    assert generator.random() == rng().random()


@pytest.mark.parametrize("name", SEEDED)
def test_without_a_seed_the_numbers_come_from_the_generator(name):
    draw, generator = initializers.CLASSES[name](), rng()
    first = draw((4, 6), generator)
    assert not np.array_equal(draw((4, 6), generator), first)
    assert_array_equal(draw((4, 6), rng()), first)


def test_waves_take_the_transform_of_a_window_of_the_signal():
    signal = np.sin(np.arange(8.0) ** 2)
    window = np.hanning(8)
    parts = [
        np.tensordot(signal, STFT(side, given, scaling)((8, 1, 5)), (0, 0))[0]
        for given in ("hann", window, window.tolist(), None)
        for scaling in ("density", "spectrum", None)
        for side in ("real", "imag")
    ]
    found = np.array(parts[::2]) + 1j * np.array(parts[1::2])
    windowed = np.fft.rfft(signal * window)
    three = [windowed / np.linalg.norm(window), windowed / window.sum(), windowed]
    plain = np.fft.rfft(signal)
    assert_allclose(found, [*three * 3, plain, plain, plain], atol=1e-12)


def test_the_names_of_windows_are_those_of_scipy():
    for name in _WINDOWS:
        assert STFT("real", name, None)((6, 1, 4)).shape == (6, 1, 4)


def test_a_file_that_names_a_window_loads_no_module(tmp_path):
    path = tmp_path / "model.keras"
    Sequential([Input((8, 1)), Conv1D(3, 4, kernel_initializer="stft")]).save(path)
    code = f"import fastgru, sys; fastgru.models.load_model({str(path)!r}); print(*sys.modules)"
    loaded = run_python("-c", code)
    assert loaded.returncode == 0, loaded.stderr
    assert "h5py" in loaded.stdout.split() and "scipy.signal" not in loaded.stdout.split()


@pytest.mark.parametrize("side", ["real", "imag"])
@pytest.mark.parametrize("scaling", ["density", "spectrum", None])
@pytest.mark.parametrize("window", ["hann", "hamming", "blackman", None])
def test_waves_are_those_of_keras(window, scaling, side):
    keras = pytest.importorskip("keras")
    for periodic in (False, True):
        ours, theirs = (
            each(side, window, scaling, periodic) for each in (STFT, keras.initializers.STFT)
        )
        assert ours.get_config() == theirs.get_config()
        expected = np.asarray(theirs((16, 1, 9)))
        # Keras' angles, up to 47, are float32: 4e-6 from one to the next.
        assert_allclose(ours((16, 1, 9)), expected, rtol=0, atol=4e-6)


@pytest.mark.parametrize("name", initializers.CLASSES)
def test_a_configuration_makes_the_initialiser_again(name):
    cls = initializers.CLASSES[name]
    config = cls().get_config()
    if "seed" in config:
        config["seed"] = 5
    twin = cls.from_config(config)
    assert type(twin) is cls
    assert twin.get_config() == config
    shape = SHAPES.get(name, (3, 3))
    assert_array_equal(twin(shape), cls.from_config(config)(shape))


def test_get_finds_names_classes_instances_and_functions():
    for given in ("glorot_uniform", "GlorotUniform", GlorotUniform):
        assert type(initializers.get(given)) is GlorotUniform
    for given, cls in {
        "zero": Zeros, "zeros": Zeros, "one": Ones, "ones": Ones, "normal": RandomNormal,
        "uniform": RandomUniform, "he_normal": HeNormal, "identity": Identity,
    }.items():  # fmt: skip
        assert type(initializers.get(given)) is cls
    mine = Constant(2)
    assert initializers.get(mine) is mine
    function = initializers.get(lambda shape: np.full(shape, 7))
    assert_array_equal(function((2, 2), rng()), [[7, 7], [7, 7]])


NAMES = (
    "'constant', 'zeros', 'ones', 'random_normal', 'truncated_normal', 'random_uniform', "
    "'variance_scaling', 'glorot_uniform', 'glorot_normal', 'he_uniform', 'he_normal', "
    "'lecun_uniform', 'lecun_normal', 'orthogonal', 'identity', 'stft', 'zero', 'one', 'normal', "
    "'uniform'"
)
A_NAME = "must be the name of an initialiser or one of them"
KINDS = "'truncated_normal', 'untruncated_normal', 'uniform'"


@pytest.mark.parametrize(
    ("make", "kind", "sentence"),
    [
        (lambda: initializers.get("glorot"), ValueError,
         f"initializers.get: identifier must be one of {NAMES}; got 'glorot'."),
        (lambda: initializers.get(3), TypeError,
         f"initializers.get: identifier {A_NAME}; got 3."),
        (lambda: RandomNormal(stddev=-1), ValueError,
         "RandomNormal: stddev must be at least 0; got -1."),
        (lambda: RandomNormal("a"), TypeError, "RandomNormal: mean must be a number; got 'a'."),
        (lambda: TruncatedNormal(stddev=-1), ValueError,
         "TruncatedNormal: stddev must be at least 0; got -1."),
        (lambda: RandomUniform(minval=math.inf), ValueError,
         "RandomUniform: minval must be finite; got inf."),
        (lambda: VarianceScaling(scale=-1), ValueError,
         "VarianceScaling: scale must be at least 0; got -1."),
        (lambda: VarianceScaling(mode="fan"), ValueError,
         "VarianceScaling: mode must be one of 'fan_in', 'fan_out', 'fan_avg'; got 'fan'."),
        (lambda: VarianceScaling(distribution="gauss"), ValueError,
         f"VarianceScaling: distribution must be one of {KINDS}; got 'gauss'."),
        (lambda: GlorotUniform(input_axes=0), TypeError,
         "GlorotUniform: input_axes must be a list of integers; got 0."),
        (lambda: HeNormal(output_axes=[1.5]), TypeError,
         "HeNormal: each of output_axes must be an integer; got 1.5."),
        (lambda: HeNormal(input_axes=[0], output_axes=[2])((3, 4)), ValueError,
         "VarianceScaling: axes must be those of the shape (3, 4); got 2."),
        (lambda: Orthogonal(math.nan), ValueError, "Orthogonal: gain must be finite; got nan."),
        (lambda: Orthogonal()((3,)), ValueError,
         "Orthogonal: shape must have at least two axes; got (3,)."),
        (lambda: STFT("left"), ValueError,
         "STFT: side must be one of 'real', 'imag'; got 'left'."),
        (lambda: STFT(scaling="max"), ValueError,
         "STFT: scaling must be one of 'density', 'spectrum'; got 'max'."),
        (lambda: STFT(window="house"), ValueError,
         "STFT: window must be one that scipy.signal.get_window makes by its name; got 'house'."),
        (lambda: STFT()((3, 4)), ValueError,
         "STFT: shape must be (steps, 1, bands); got (3, 4)."),
        (lambda: STFT(window=[1, 2])((3, 1, 4)), ValueError,
         "STFT: window must have shape (3,); got (2,)."),
        (lambda: Identity()((3, 2, 1)), ValueError,
         "Identity: shape must have two axes; got (3, 2, 1)."),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_refused_with_a_sentence(make, kind, sentence):
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        make()


def values(shape):
    """What a user's own function may get wrong."""
    return np.zeros(3)


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        (lambda: Dense(2, kernel_initializer=values)(np.ones((1, 4))), ValueError,
         "values: the initial values must have shape (4, 2); got (3,)."),
        (lambda: initializers.Constant("a"), TypeError,
         "Constant: value must hold numbers; got str."),
        (lambda: GlorotUniform("a"), TypeError,
         "GlorotUniform: seed must be an integer; got 'a'."),
        (lambda: GlorotUniform(-1), ValueError,
         "GlorotUniform: seed must be at least 0; got -1."),
    ],
)  # fmt: skip
def test_what_gives_no_numbers_is_refused_with_a_sentence(call, kind, sentence):
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        call()


def test_layers_start_as_in_keras_and_the_same_for_the_same_seed():
    weights = []
    for _ in range(2):
        set_random_seed(5)
        layers = GRU(40), Dense(50), Embedding(60, 70)
        for layer, shape in zip(layers, [(None, 9, 30), (None, 40), (None, 9)], strict=True):
            layer.build(shape)
        weights.append([w for layer in layers for w in layer.weights])
    for first, second in zip(*weights, strict=True):
        assert_array_equal(first, second)
    kernel, recurrent, bias, dense_kernel, dense_bias, table = weights[0]
    # On the whole matrices, not gate by gate.
    for matrix, limit in (kernel, 0.2), (dense_kernel, math.sqrt(6 / 90)), (table, 0.05):
        assert 0.99 * limit < np.abs(matrix).max() <= limit
    assert_allclose(recurrent @ recurrent.T, np.eye(40), atol=1e-6)
    assert not bias.any() and not dense_bias.any()
