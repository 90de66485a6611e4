"""Matrices with a structure of their own."""

import math

import numpy as np

from fastgru._check import as_array, check_choice, check_flag, check_number, check_shape, fail
from fastgru.initializers.base import Initializer

#: Names of `scipy.signal.get_window` for windows without parameters, short ones among them.
#: A table, for a file may give a name, and opening it is not to load that module.
_WINDOWS = frozenset({
    "bart", "barthann", "bartlett", "bkh", "black", "blackharr", "blackman", "blackmanharris",
    "blk", "bman", "bmn", "bohman", "box", "boxcar", "brt", "brthan", "bth", "cosine",
    "exponential", "flat", "flattop", "flt", "halfcosine", "ham", "hamm", "hamming", "han",
    "hann", "lanczos", "nut", "nutl", "nuttall", "ones", "par", "parz", "parzen", "poisson",
    "rect", "rectangular", "sinc", "taylor", "taylorwin", "tri", "triang", "triangle", "tuk",
    "tukey",
})  # fmt: skip


class Orthogonal(Initializer):
    """Rows (or columns, where there are more rows) orthonormal, times `gain`.

    A QR factorisation of a normal matrix with the signs of R's diagonal taken out, which
    makes it uniform over the orthogonal matrices (Saxe et al., arXiv:1312.6120).
    """

    def __init__(self, gain=1.0, seed=None):
        super().__init__(seed)
        self.gain = check_number("Orthogonal", "gain", gain)

    def draw(self, shape, rng):
        if len(shape) < 2:
            fail("Orthogonal", "shape", "have at least two axes", f"{shape}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        normal = rng.standard_normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(normal)
        q *= np.sign(np.diag(r))
        return self.gain * (q if rows >= columns else q.T).reshape(shape)

    def get_config(self):
        return {"gain": self.gain, "seed": self.seed}


class Identity(Initializer):
    """The identity matrix times `gain`."""

    def __init__(self, gain=1.0):
        super().__init__()
        self.gain = check_number("Identity", "gain", gain)

    def draw(self, shape, rng):
        if len(shape) != 2:
            fail("Identity", "shape", "have two axes", f"{shape}")
        return self.gain * np.eye(*shape)

    def get_config(self):
        return {"gain": self.gain}


class STFT(Initializer):
    """A convolution's kernel (steps, 1, bands) that takes short-time Fourier transforms.

    Parameters
    ----------
    side : {"real", "imag"}
        cos(2 pi t f) or -sin(2 pi t f), for the bands' frequencies f from 0 to 1/2.
    window : str, array-like (steps,) or None, default "hann"
        What the waves are multiplied by; a name is one of `scipy.signal.get_window`.
    scaling : {"density", "spectrum"}, optional
        Divide by the window's Euclidean norm, by the sum of its absolute values, or not.
    periodic : bool, default False
        Whether a named window is one period of a periodic one.
    """

    def __init__(self, side="real", window="hann", scaling="density", periodic=False):
        super().__init__()
        self.side = check_choice("STFT", "side", side, ("real", "imag"))
        self.window = window
        self.scaling = scaling
        if scaling is not None:
            check_choice("STFT", "scaling", scaling, ("density", "spectrum"))
        self.periodic = check_flag("STFT", "periodic", periodic)
        if isinstance(window, str) and window not in _WINDOWS:
            fail("STFT", "window", "be one that scipy.signal.get_window makes by its name",
                 f"{window!r}")  # fmt: skip

    def _weights(self, steps):
        if not isinstance(self.window, str):
            return as_array("STFT", "window", self.window).astype(np.float64)
        # A large module, which nothing else here needs.
        from scipy.signal import get_window

        return get_window(self.window, steps, self.periodic)

    def draw(self, shape, rng):
        if len(shape) != 3 or shape[1] != 1:
            fail("STFT", "shape", "be (steps, 1, bands)", f"{shape}")
        steps, _, bands = shape
        angles = np.pi * np.arange(steps)[:, None] * np.arange(bands) / max(bands - 1, 1)
        waves = np.cos(angles) if self.side == "real" else -np.sin(angles)
        if self.window is not None:
            window = self._weights(steps)
            check_shape("STFT", "window", window.shape, (steps,))
            waves *= window[:, None]
            if self.scaling is not None:
                order = 2 if self.scaling == "density" else 1
                waves /= np.linalg.norm(window, order)
        return waves[:, None]

    def get_config(self):
        window = self.window
        return {
            "side": self.side,
            "window": window.tolist() if isinstance(window, np.ndarray) else window,
            "periodic": self.periodic,
            "scaling": self.scaling,
        }
