"""The command `fastgru`."""

import argparse
import os
import sys
from pathlib import Path

from fastgru import __version__

_DEMO = """\
Train a small GRU on the film reviews that come with fastgru, test it on those held out, save
it, load it again, and classify sentences: favourable or unfavourable, with the probability.
It takes a few seconds.
"""
_EXAMPLES = """\
examples:
  fastgru demo
  fastgru demo "A lovely film." "Two hours of my life, wasted."
  fastgru demo --epochs 8 --save reviews.keras
"""


def main(argv=None):
    """Run the command.

    Parameters
    ----------
    argv : list of str, optional
        Its arguments; by default those of the process.

    Returns
    -------
    int
        Exit code: 0, or 1 where a file could not be written, or 130 after Ctrl-C. Wrong
        arguments raise SystemExit(2), --help and --version SystemExit(0), as argparse does.
    """
    options = _parser().parse_args(argv)
    from fastgru import demo

    try:
        demo.run(options.sentences, options.epochs, options.save, options.seed)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter's last flush must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"fastgru demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nfastgru demo: stopped.", file=sys.stderr)
        return 130
    return 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="fastgru", description="The GRU for CPUs, with Keras' API and Keras' files."
    )
    parser.add_argument("--version", action="version", version=f"fastgru {__version__}")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", required=True
    )
    demo = commands.add_parser(
        "demo",
        help="train, test, save and use a sentiment classifier in a few seconds",
        description=_DEMO,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
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
        help="file for the model, ending in .keras; the words go beside it, into "
        ".tokenizer.json (default: a new temporary folder)",
    )  # fmt: skip
    demo.add_argument(
        "--seed", type=_integer(0, 2**32 - 1), default=0, metavar="N",
        help="seed of all random numbers (default: %(default)s)",
    )  # fmt: skip
    return parser


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


def _model_file(text):
    path = Path(text)
    # Before the training, not after it.
    if path.suffix != ".keras":
        raise argparse.ArgumentTypeError(f"must end in .keras; got {text!r}")
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"must be a file; got the folder {text!r}")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"its folder must exist; got {text!r}")
    return path
