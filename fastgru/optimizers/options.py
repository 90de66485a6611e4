"""The options that all optimisers share: their checks, and what they make of a step."""

import math
import warnings

from fastgru._check import check_flag, check_int, check_number, fail, short

_CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")


def check_options(where, given):
    """The options, checked, in Keras' order of a configuration."""
    clips = [name for name in _CLIPS if given[name] is not None]
    if len(clips) > 1:
        fail(where, "clipnorm, clipvalue and global_clipnorm", "be given one at a time",
             ", ".join(f"{name}={short(given[name])}" for name in clips))  # fmt: skip

    def number(what, low=0, high=None):
        value = given[what]
        return None if value is None else check_number(where, what, value, low, high)

    def count(what, low):
        return None if given[what] is None else check_int(where, what, given[what], low)

    checked = {
        "weight_decay": number("weight_decay"),
        "clipnorm": number("clipnorm"),
        "global_clipnorm": number("global_clipnorm"),
        "clipvalue": number("clipvalue"),
        "use_ema": check_flag(where, "use_ema", given["use_ema"]),
        "ema_momentum": check_number(where, "ema_momentum", given["ema_momentum"], 0, 1),
        "ema_overwrite_frequency": count("ema_overwrite_frequency", 1),
        "loss_scale_factor": number("loss_scale_factor"),
        "gradient_accumulation_steps": count("gradient_accumulation_steps", 2),
    }
    if checked["loss_scale_factor"] == 0:
        fail(where, "loss_scale_factor", "be above 0", short(given["loss_scale_factor"]))
    return checked


def drop_decay(where, unknown):
    """Take out `decay`, an argument of old Keras, which Keras 3 passes over with a warning."""
    decay = unknown.pop("decay", None)
    if decay is not None:
        warnings.warn(
            f"{where}: decay is ignored, as Keras 3 does it; got {short(decay)}. "
            "optimizers.schedules.InverseTimeDecay lowers the learning rate.",
            stacklevel=4,
        )


def gradient_scales(optimizer, square_sums):
    """What each stretch's gradients are multiplied with before the update.

    Parameters
    ----------
    optimizer : Optimizer
    square_sums : callable
        Gives the sum of squares of each stretch's gradients; called where norms count.
    """
    share = 1 / (optimizer.gradient_accumulation_steps or 1)
    if optimizer.clipnorm:
        most = optimizer.clipnorm
        norms = [share * math.sqrt(total) for total in square_sums()]
        return [share * (most / max(norm, most)) for norm in norms]
    if optimizer.global_clipnorm:
        most = optimizer.global_clipnorm
        totals = square_sums()
        norm = share * math.sqrt(sum(totals))
        # As in Keras, no parameter survives a norm that is not finite.
        scale = share * (most / max(norm, most) if math.isfinite(norm) else math.nan)
        return [scale] * len(totals)
    return None
