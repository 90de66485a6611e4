"""`python -m fastgru`: the same as the command `fastgru`."""

import sys

from fastgru._cli import main

if __name__ == "__main__":
    sys.exit(main())
