"""The console script, called in this process, and a file for it to work on."""

from fastgru import Sequential, _cli
from fastgru.layers import GRU, Dense, Input


def saved_model():
    """A model of open time, which is in m.keras of the current folder too."""
    model = Sequential([Input((None, 2)), GRU(3), Dense(2)], name="mine")
    model.compile("adam", "mse")
    model.save("m.keras")
    return model


def ran(capsys, *arguments):
    """(exit code, what was printed, what was said of errors)."""
    code = _cli.main(list(arguments))
    return code, *capsys.readouterr()
