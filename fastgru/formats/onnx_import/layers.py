"""Operators that are layers: products, normalizations, softmax."""

import numpy as np

from fastgru.formats.onnx_import.melt import activation
from fastgru.layers import BatchNormalization, Dense, LayerNormalization, Softmax


def gemm(node, plan):
    """Gemm: alpha x W + beta b, as a Dense layer."""
    W, b = node.constant(1), node.input(2)
    alpha, beta = node.attr("alpha", 1.0), node.attr("beta", 1.0)
    if node.attr("transA", 0):
        node.refuse("read its first input as it is", "transA=1")
    W = W.T if node.attr("transB", 0) else W
    if b is not None:
        b = node.constant(2) * W.dtype.type(beta)
        if b.size not in (1, W.shape[-1]):
            node.refuse("add one bias to all samples", f"one of shape {b.shape}")
    return _dense(node, plan, W * W.dtype.type(alpha), b)


def matmul(node, plan):
    """MatMul with constant weights, as a Dense layer."""
    return _dense(node, plan, node.constant(1), None)


def _dense(node, plan, W, b):
    value = plan.take(node.tensor(0), node)
    if W.ndim != 2 or W.dtype.kind != "f":
        node.refuse("have a matrix of weights", f"one of shape {W.shape}")
    value = _features_last(node, plan, value)
    width, units = W.shape
    if plan.shape[-1] != width:
        hint = (
            ""
            if plan.shape[-1]
            else (
                "Export it with a fixed number of steps, or set it by onnx.tools.update_model_dims."
            )
        )
        got = plan.shape[-1] or "an open number"
        node.refuse(f"read {width} features, as its weights have", f"{got}", hint)
    weights = [W] if b is None else [W, np.broadcast_to(b.reshape(-1), (units,))]
    config = {"units": units, "use_bias": b is not None}
    plan.add(node, Dense, config, weights, [*plan.real[:-1], None])
    return plan.here([*value.groups[:-1], plan.real[-1]])


def _features_last(node, plan, value):
    """`value`, with its last axis the last one of the layer's output too."""
    if value.groups[-1] == plan.real[-1] and len(plan.real) > 1:
        return value
    plan.arrange(value, range(len(value.groups)), node)
    return plan.here(plan.real)


def layer_norm(node, plan):
    """LayerNormalization over the last axes."""
    value = plan.take(node.tensor(0), node)
    node.ignore("stash_type")
    gamma, beta = node.constant(1), node.input(2)
    weights = [gamma] + ([] if beta is None else [node.constant(2)])
    config = {"epsilon": node.attr("epsilon", 1e-5), "center": beta is not None}
    rank = len(value.groups)
    axis = node.axis(node.attr("axis", -1), rank)
    if axis == rank - 1:
        value = _features_last(node, plan, value)
        weights = [weight.reshape(-1) for weight in weights]
        return _normalized(
            node, plan, LayerNormalization, {"axis": -1, **config}, weights, value
        )
    if axis < 1:
        node.refuse("normalize other axes than the batch's", f"from axis {axis} on")
    plan.arrange(value, range(rank), node)
    if any(weight.shape != plan.shape[axis:] for weight in weights):
        node.refuse(f"have {plan.shape[axis:]} numbers as its scale", f"{gamma.shape}")
    plan.add(node, LayerNormalization, {"axis": list(range(axis, rank)), **config}, weights)
    return plan.here(plan.real)


def batch_norm(node, plan):
    """BatchNormalization of a model that predicts."""
    value = plan.take(node.tensor(0), node)
    node.ignore("spatial")
    if node.attr("training_mode", 0):
        node.refuse("be exported for prediction", "training_mode=1")
    config = {"axis": -1, "epsilon": node.attr("epsilon", 1e-5),
              "momentum": node.attr("momentum", 0.9)}  # fmt: skip
    if len(value.groups) < 2:
        node.refuse("read features", "none")
    if value.groups[1] != plan.real[-1]:
        order = [0, *range(2, len(value.groups)), 1]
        plan.arrange(value, order, node)
    weights = [node.constant(place).reshape(-1) for place in (1, 2, 3, 4)]
    return _normalized(node, plan, BatchNormalization, config, weights, value)


def _normalized(node, plan, cls, config, weights, value):
    """Plan a normalization of the last axis, the first of whose weights is the scale."""
    if any(weight.shape != plan.shape[-1:] for weight in weights):
        node.refuse(f"have {plan.shape[-1]} numbers as its scale", f"{weights[0].size}")
    plan.add(node, cls, config, weights)
    return plan.here(value.groups)


def softmax(node, plan):
    """Softmax and LogSoftmax over one axis."""
    value = plan.take(node.tensor(0), node)
    rank = len(value.groups)
    axis = node.axis(node.attr("axis", -1 if node.opset >= 13 else 1), rank)
    if node.opset < 13 and axis != rank - 1:
        node.refuse("go over the last axis", f"axis {axis}")
    group, name = value.groups[axis], node.op.lower().replace("logs", "log_s")
    if group == plan.real[-1]:
        activation(node, plan, name)
    elif group in plan.real[1:] and name == "softmax":
        plan.add(node, Softmax, {"axis": plan.real.index(group)})
    else:
        node.refuse("go over an axis of features", f"axis {axis}")
    return plan.here(value.groups)
