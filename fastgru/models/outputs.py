"""The outputs of many batches, put together in the order of the samples."""

import numpy as np

from fastgru.models.feeding import Arrays


def sort(feed):
    """Let rows of like lengths share a batch."""
    if isinstance(feed, Arrays) and feed.samples.lengths is not None:
        feed.index = np.argsort(feed.samples.lengths, kind="stable")


def collect(model, batches, watch):
    """The outputs of one epoch of `batches`."""
    model.stop_predicting = False
    watch.on_predict_begin()
    parts = []
    for number, (x, _, _, mask) in batches.epoch():
        watch.on_predict_batch_begin(number)
        parts.append(model._outputs(x, mask))
        watch.on_predict_batch_end(number, lambda: {"outputs": parts[-1]})
        if model.stop_predicting:
            break
    watch.on_predict_end()
    if isinstance(parts[0], tuple):
        return tuple(_whole(same, batches.feed) for same in zip(*parts, strict=True))
    return _whole(parts, batches.feed)


def _whole(parts, feed):
    """The outputs of all batches as one array."""
    if isinstance(feed, Arrays) and feed.samples.lengths is not None:
        follows = feed.samples.follows
        T = feed.samples.x.shape[1] if follows else parts[0].shape[1]
        return _in_order(parts, feed.index, T)
    if len({part.shape[1:] for part in parts}) > 1:
        return _in_order(parts, None, max(part.shape[1] for part in parts))
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _in_order(parts, index, T):
    """Rows at their places; steps that a batch does not have are zero."""
    rows = sum(map(len, parts))
    index = np.arange(rows) if index is None else index[:rows]
    rest = parts[0].shape[1:]
    shape = (rows, *rest) if len(rest) < 2 else (rows, T, *rest[1:])
    out = np.zeros(shape, parts[0].dtype)
    # Where only some batches were asked for, their rows follow one another.
    place = np.argsort(np.argsort(index))
    start = 0
    for part in parts:
        where = place[start : start + len(part)]
        if len(rest) < 2:
            out[where] = part
        else:
            out[where, : part.shape[1]] = part
        start += len(part)
    return out
