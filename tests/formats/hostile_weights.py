"""Weights files that lie or reach out. name: (bytes, what is said); "" for a good file."""

import h5py
import numpy as np
from formats.archives import WEIGHTS, pack, parts, with_weights

KERNEL = "layers/dense/vars/0"
UNSOUND = "load_model: model.weights.h5 must be a sound HDF5 file; got "
LINK = f"load_model: {KERNEL} must lie in model.weights.h5 itself; got a link."
PLAIN = (
    f"load_model: {KERNEL} must be stored plainly; "
    "got a chunked, filtered, virtual or external one."
)
OTHERS = "load_model: model.weights.h5 must hold the model's variables and no others; got "
HINT = " compile=False opens the model without its compile state."


def weights(good):
    members = parts(good)
    h5 = members[WEIGHTS]

    def raw(data):
        return pack({**members, WEIGHTS: data})

    cases = {
        name: (with_weights(good, replacing(path, make)), sentence)
        for name, (path, make, sentence) in replacements().items()
    }
    cases |= {
        name: (with_weights(good, change), sentence)
        for name, (change, sentence) in additions().items()
    }
    return cases | {
        "no HDF5": (raw(bytes(20_000)), UNSOUND),
        "no bytes": (raw(b""), "load_model: the weights up to"),
        "weights cut": (raw(h5[: len(h5) - 4096]), UNSOUND),
        "superblock rotten": (raw(h5[:8] + b"\xff" * 8 + h5[16:]), UNSOUND),
        "user block": (raw(bytes(512) + h5), ""),
    }


def of_layers():
    """Names of the cases that are wrong in the layers, without a word of the optimiser's."""
    changed = [name for name, (path, _, _) in replacements().items() if path == KERNEL]
    added = [name for name, (_, said) in additions().items() if "optimizer" not in said]
    return changed + added


def replacing(path, make):
    def change(root):
        old = root[path][()]
        del root[path]
        make(root, path, old)

    return change


def store(**options):
    return lambda root, path, old: root.create_dataset(path, data=old, **options)


def cast(dtype):
    return lambda root, path, old: root.create_dataset(path, data=old.astype(dtype))


def put(value):
    return lambda root, path, old: root.__setitem__(path, value)


def linked(target):
    return lambda root, path, old: root.__setitem__(path, root[target])


def nothing(root, path, old):
    pass


def replacements():
    """name: (path, make(root, path, old values) that stores something else, sentence)."""
    gone = f"load_model: {KERNEL} must be in model.weights.h5; got no such variable."
    shape = f"load_model: {KERNEL} must have shape (2, 1); got "
    dtype = f"load_model: {KERNEL} must have dtype float32; got "
    whole = f"load_model: {KERNEL} must hold all of its numbers; got 0 bytes."
    changed = {
        "external link": (put(h5py.ExternalLink("/etc/passwd", "/x")), LINK),
        "soft link": (put(h5py.SoftLink("/layers/gru/cell/vars/0")), LINK),
        "soft links in a circle": (circle, LINK),
        "soft link to itself": (put(h5py.SoftLink(f"/{KERNEL}")), LINK),
        "external storage": (external, PLAIN),
        "virtual": (virtual, PLAIN),
        "chunked": (store(chunks=(1, 1)), PLAIN),
        "compressed": (store(compression="gzip"), PLAIN),
        "a filter nobody has": (strange_filter, PLAIN),
        "a shape bomb": (shape_bomb, PLAIN),
        "a huge shape": (huge, f"{shape}(1073741824, 1)."),
        "nothing stored": (unwritten, whole),
        "a group": (lambda root, path, old: root.create_group(path), gone),
        "another group": (linked("layers/gru/cell/vars"), f"{OTHERS}'{KERNEL}/0'."),
        "another variable": (linked("layers/gru/cell/vars/0"), f"{shape}(2, 6)."),
        "a named type": (put(np.dtype("f4")), gone),
        "missing": (nothing, gone),
        "transposed": (put(np.zeros((1, 2), "f4")), f"{shape}(1, 2)."),
        "flat": (put(np.zeros(2, "f4")), f"{shape}(2,)."),
        "empty": (put(np.zeros((0, 1), "f4")), f"{shape}(0, 1)."),
        "no space": (put(h5py.Empty("f4")), f"{shape}none."),
        "float16": (cast("f2"), f"{dtype}float16."),
        "float64": (cast("f8"), f"{dtype}float64."),
        "int32": (cast("i4"), f"{dtype}int32."),
        "bool": (cast("?"), f"{dtype}no numbers."),
        "complex64": (cast("c8"), f"{dtype}no numbers."),
        "big-endian": (cast(">f4"), ""),
        "strings": (put(np.array([["a"], ["b"]], h5py.string_dtype())), f"{dtype}no numbers."),
        "compound": (put(np.zeros((2, 1), "f4,f4")), f"{dtype}no numbers."),
        "region references": (regions, f"{dtype}no numbers."),
        "references": (references, f"{dtype}no numbers."),
        "not finite": (put(np.full((2, 1), np.nan, "f4")), ""),
    }
    return {name: (KERNEL, *case) for name, case in changed.items()} | state_replacements()


def state_replacements():
    steps, rate, slot = (f"optimizer/vars/{number}" for number in range(3))
    return {
        "steps below zero": (
            steps, put(np.int32(-1)),
            f"load_model: the number of steps must be at least 0; got -1.{HINT}",
        ),
        "steps in floats": (
            steps, put(np.float32(1)),
            f"load_model: {steps} must be an integer; got float32.",
        ),
        "a rate of NaN": (
            rate, put(np.float32("nan")),
            f"load_model: the learning rate must be finite and at least 0; got nan.{HINT}",
        ),
        "rates": (
            rate, put(np.zeros(3, "f4")), f"load_model: {rate} must have shape (); got (3,).",
        ),
        "a slot of another shape": (
            slot, put(np.zeros((2, 4), "f4")),
            f"load_model: {slot} must have shape (4, 2); got (2, 4).",
        ),
        "a slot missing": (
            slot, nothing,
            f"load_model: {slot} must be in model.weights.h5; got no such variable.{HINT}",
        ),
    }  # fmt: skip


def circle(root, path, old):
    root["optimizer/b"] = h5py.SoftLink(f"/{path}")
    root[path] = h5py.SoftLink("/optimizer/b")


def strange_filter(root, path, old):
    """A dataset whose one filter has a number that no library knows."""
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_chunk(old.shape)
    plan.set_filter(30_000, h5py.h5z.FLAG_OPTIONAL)
    space = h5py.h5s.create_simple(old.shape)
    h5py.h5d.create(root.id, path.encode(), h5py.h5t.IEEE_F32LE, space, plan)


def regions(root, path, old):
    region = root["layers/gru/cell/vars/0"].regionref[:1]
    root[path] = np.array([[region], [region]], h5py.regionref_dtype)


def external(root, path, old):
    # Without data: HDF5 would write them there.
    root.create_dataset(path, old.shape, "f4", external=[("/nowhere/x", 0, old.nbytes)])


def virtual(root, path, old):
    layout = h5py.VirtualLayout(old.shape, "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", old.shape)
    root.create_virtual_dataset(path, layout)


def shape_bomb(root, path, old):
    root.create_dataset(path, (2**40, 1), "f4", chunks=(2**20, 1), compression="gzip")


def huge(root, path, old):
    root.create_dataset(path, (2**30, 1), "f4")


def unwritten(root, path, old):
    root.create_dataset(path, old.shape, "f4")


def references(root, path, old):
    root[path] = np.array([[root.ref], [root.ref]], h5py.ref_dtype)


def additions():
    """name: (change of the open file, sentence)."""

    def extra(path):
        return lambda root: root.__setitem__(path, np.zeros(3, "f4"))

    def attributes(root):
        space = h5py.h5s.create(h5py.h5s.SCALAR)
        for number in range(5000):
            h5py.h5a.create(root.id, b"%d" % number, h5py.h5t.STD_I8LE, space)

    def crowd(root):
        for number in range(5000):
            h5py.h5g.create(root.id, b"layers/%d" % number)

    def own_vars(root):
        del root[own]
        root[own] = np.zeros(3, "f4")

    own, loop, first = "layers/gru/vars", "layers/dense/vars/loop", "optimizer/vars/0"
    old = "_layer_checkpoint_dependencies"
    gone = f"load_model: {first} must be in model.weights.h5; got no such variable.{HINT}"
    return {
        "extra variable": (extra("layers/dense/vars/2"), f"{OTHERS}'layers/dense/vars/2'."),
        "extra layer": (extra("layers/dense_1/vars/0"), f"{OTHERS}'layers/dense_1'."),
        "extra at the top": (extra("x"), f"{OTHERS}'x'."),
        "extra slot": (extra("optimizer/vars/99"), f"{OTHERS}'optimizer/vars/99'.{HINT}"),
        "variables of a layer's own": (extra(f"{own}/0"), f"{OTHERS}'{own}'."),
        "a variable called vars": (own_vars, f"{OTHERS}'{own}'."),
        "a cycle": (lambda root: root.__setitem__(loop, root), f"{OTHERS}'{loop}'."),
        "a crowd": (crowd, f"{OTHERS}'layers/"),
        "many attributes": (attributes, ""),
        "no optimizer": (lambda root: root.__delitem__("optimizer"), gone),
        "old Keras": (lambda root: root.move("layers", old), ""),
    }
