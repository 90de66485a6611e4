"""What an optimiser's kernels walk over at once."""


def address(array):
    """Where an array's numbers are."""
    return array.__array_interface__["data"][0]


def pieces(store, spared, singly):
    """(start, end, rows, used, whether weights decay) of what is trained.

    Neighbouring parameters are one piece, unless weight decay spares some of them, or each
    is wanted `singly`. `spared` is None or holds addresses and a pattern of names or None.
    """
    if spared is None and not singly:
        return [(*stretch, True) for stretch in store.stretches()]
    addresses, pattern = spared or ((), None)
    return [
        (
            start, end, spec.shape[0] if spec.sparse else 1, store.used.get(layer),
            address(store.values[start:end]) not in addresses
            and not (pattern and pattern.search(spec.name)),
        )
        for layer, spec, start, end in store.table
        if layer.trainable
    ]  # fmt: skip
