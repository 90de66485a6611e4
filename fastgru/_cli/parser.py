"""The arguments of the command. Parsing them imports nothing of the package, but for the table
of formats where a file is named."""

import argparse
import importlib
from pathlib import Path

from fastgru import __version__

_CODES = "exit codes: 0; 1 if it failed; 2 if the arguments are wrong; 130 after Ctrl-C"
_DEMO = """\
Train a small GRU on the film reviews that come with fastgru, test it on those held out, save
it, load it again, and classify sentences: favourable or unfavourable, with the probability.
It takes a few seconds.
"""
_DEMO_EXAMPLES = """\
examples:
  fastgru demo
  fastgru demo "A lovely film." "Two hours of my life, wasted."
  fastgru demo --epochs 8 --save reviews.keras
"""
_SUMMARY = """\
Print the layers of a model, their output shapes and numbers of parameters, as
Sequential.summary does.
"""
_INSPECT = """\
Print what is in the file of a model without loading it: layers, variables, shapes, versions.
Files that cannot be opened are shown too, with the reason.
"""
_CONVERT = """\
Write a model in another format, which the ending of OUT tells. Before OUT is written, it is
opened again and compared with IN on a random input; the largest difference is printed. Where
it is above 1e-5 of the outputs' size, OUT is not written.
"""
_CONVERT_EXAMPLES = """\
examples:
  fastgru convert old.keras new.keras
"""
_PREDICT = """\
Write a model's predictions for the samples of a file.

INPUT is an .npy array, batch first, or a .csv file with a line for each sample: its numbers,
or its token ids, with all features of a time step side by side. Lines may be of different
length where the model's time is open. A first line of words is skipped as a header. For a
model that reads texts, each line is one text, in quotes where it has a comma.

OUT is an .npy array, or a .csv file with a line for each sample.
"""
_PREDICT_EXAMPLES = """\
examples:
  fastgru predict model.keras samples.npy predictions.npy
  fastgru predict model.keras samples.csv predictions.csv
"""
_BENCH = """\
Time a GRU and a Dense layer on this machine: a prediction, a step of training with Adam, and
a step of a stream. Each is the median of many; nothing is compared with other libraries.
"""


def parser():
    """The argparse.ArgumentParser; what it parses has `run(options)`."""
    root = argparse.ArgumentParser(
        prog="fastgru", description="The GRU for CPUs, with Keras' API and Keras' files.",
        epilog=_CODES,
    )  # fmt: skip
    root.add_argument("--version", action="version", version=f"fastgru {__version__}")
    commands = root.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", required=True
    )

    def add(name, about, text, module, examples=None):
        found = commands.add_parser(
            name, help=about, description=text, epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        found.set_defaults(run=_later(module, name))
        return found

    _demo(add("demo", "train, test, save and use a sentiment classifier in a few seconds",
              _DEMO, "demos", _DEMO_EXAMPLES))  # fmt: skip
    for name, about, text in (
        ("summary", "print the layers of a model", _SUMMARY),
        ("inspect", "print what is in a file, without loading it", _INSPECT),
    ):
        add(name, about, text, "files").add_argument(
            "file", metavar="FILE", help="file of a model, or its URL"
        )
    convert = add("convert", "write a model in another format", _CONVERT, "files",
                  _CONVERT_EXAMPLES)  # fmt: skip
    convert.add_argument("source", metavar="IN", help="file of a model")
    convert.add_argument("target", metavar="OUT", help="file to write, replaced if it is there")
    predict = add("predict", "write a model's predictions for a file of samples", _PREDICT,
                  "predictions", _PREDICT_EXAMPLES)  # fmt: skip
    predict.add_argument("model", metavar="MODEL", help="file of a model")
    predict.add_argument("input", metavar="INPUT", type=_table, help=".npy or .csv file")
    predict.add_argument(
        "output", metavar="OUT", type=_table, help=".npy or .csv file to write"
    )
    _bench(add("bench", "time predictions and training on this machine", _BENCH, "timing"))
    return root


def _later(module, name):
    """The function of a command, whose module is imported when it is run."""
    return lambda options: getattr(
        importlib.import_module(f"fastgru._cli.{module}"), name
    )(options)  # fmt: skip


def _demo(demo):
    demo.add_argument(
        "sentences", nargs="*", metavar="SENTENCE",
        help="a sentence to classify, in quotes; three built-in ones by default",
    )  # fmt: skip
    demo.add_argument(
        "--epochs", type=_integer(1), default=3, metavar="N",
        help="how often to go through the reviews (default: %(default)s)",
    )  # fmt: skip
    demo.add_argument(
        "--save", type=_model_file, metavar="PATH",
        help="file for the model, ending in .keras or as any other that Sequential.save takes; "
        "the words go beside it, into .tokenizer.json (default: a new temporary folder)",
    )  # fmt: skip
    demo.add_argument(
        "--seed", type=_integer(0, 2**32 - 1), default=0, metavar="N",
        help="seed of all random numbers (default: %(default)s)",
    )  # fmt: skip


def _bench(bench):
    for name, default, about in (
        ("batch", 32, "samples of a batch"), ("steps", 50, "time steps of a sample"),
        ("features", 32, "numbers of a time step"), ("units", 64, "size of the GRU's state"),
    ):  # fmt: skip
        bench.add_argument(
            f"--{name}", type=_integer(1, 4096), default=default, metavar="N",
            help=f"{about} (default: %(default)s)",
        )  # fmt: skip


def _integer(low, high=None):
    def read(text):
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be an integer; got {text!r}") from None
        if value < low or (high is not None and value > high):
            limits = f"at least {low}" if high is None else f"in [{low}, {high}]"
            raise argparse.ArgumentTypeError(f"must be {limits}; got {value}")
        return value

    return read


def _table(text):
    if Path(text).suffix not in (".npy", ".csv"):
        raise argparse.ArgumentTypeError(f"must end in .npy or .csv; got {text!r}")
    return text


def _model_file(text):
    from fastgru.formats import by_ending

    path = Path(text)
    # Before the training, not after it.
    try:
        by_ending("demo", text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("demo: filepath ")) from None
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"must be a file; got the folder {text!r}")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"its folder must exist; got {text!r}")
    return path
