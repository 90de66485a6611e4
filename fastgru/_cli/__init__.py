"""The command `fastgru`."""

import os
import re
import sys
import warnings

from fastgru._cli.parser import parser as _parser

# The function that says it, which is not what was called here.
_WHERE = re.compile(r"(?:load_model|save_model|inspect|convert|predict): ")


def main(argv=None):
    """Run the command.

    Parameters
    ----------
    argv : list of str, optional
        Its arguments; by default those of the process.

    Returns
    -------
    int
        Exit code: 0; 1 where it failed, with a sentence; 130 after Ctrl-C. Wrong arguments
        raise SystemExit(2), --help and --version SystemExit(0), as argparse does.
    """
    options = _parser().parse_args(argv)
    name = f"fastgru {options.command}"
    # No print may fail over a letter that the terminal does not have.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: print(
                f"{name}: warning: {_text(message)}", file=sys.stderr
            )
            options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter's last flush must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print(f"\n{name}: stopped.", file=sys.stderr)
        return 130
    except (
        ImportError,
        MemoryError,
        NotImplementedError,
        OSError,
        TypeError,
        ValueError,
    ) as error:
        print(f"{name}: {_text(error)}", file=sys.stderr)
        return 1
    return 0


def _text(error):
    """What an error says, in one line."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    text = " ".join(str(error).split()) or type(error).__name__
    return _WHERE.sub("", text, count=1) if _WHERE.match(text) else text
