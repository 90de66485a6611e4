"""What a fresh process does for `cold`: import one peer, reach a result, end.

    python bench/cold.py PEER predict|fit FILE

FILE is the tutorial's model in ONNX, for the peers that only load.
"""

import os
import sys

import peers


def main():
    name, what, file = sys.argv[1:]
    os.environ.update(peers.environment(name))
    peer = peers.load(name)
    if what == "predict":
        peer.cold_predict(file)
    else:
        peer.cold_fit()


if __name__ == "__main__":
    main()
