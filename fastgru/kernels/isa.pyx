"""Which instruction set the kernels use: chosen once, when this module is imported.

`FASTGRU_ISA` forces one of `NAMES`; otherwise it is the best that the processor and the
operating system have.
"""
import os


cdef extern from "fastgru/tiles.h" nogil:
    int fastgru_best_isa()
    const table_f32* fastgru_f32(int isa)
    const table_f64* fastgru_f64(int isa)

NAMES = ("baseline", "avx2", "avx512")


def available():
    """Names of the instruction sets that can be used here."""
    return NAMES[:fastgru_best_isa() + 1]


def _choose():
    wanted = os.environ.get("FASTGRU_ISA", "")
    if not wanted:
        return NAMES[fastgru_best_isa()]
    if wanted not in available():
        raise ImportError(
            f"fastgru: FASTGRU_ISA must be one of {', '.join(available())} on this "
            f"machine; got {wanted!r}."
        )
    return wanted


NAME = _choose()
f32 = fastgru_f32(NAMES.index(NAME))
f64 = fastgru_f64(NAMES.index(NAME))
