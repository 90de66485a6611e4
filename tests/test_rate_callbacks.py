"""LearningRateScheduler with the functions that tutorials give it."""

import pytest
from small_models import binary, fit

from fastgru.callbacks import LearningRateScheduler
from fastgru.optimizers import SGD
from fastgru.optimizers.schedules import ExponentialDecay


def half(epoch):
    return 0.1 * 0.5**epoch


@pytest.mark.parametrize(
    "schedule",
    [
        half,
        lambda epoch, rate: half(epoch),
        lambda epoch, lr=None: half(epoch) if lr is not None else 1.0,
        lambda *given: half(given[0]) if len(given) == 2 else 1.0,
        ExponentialDecay(0.1, 1, 0.5),
        # A function of one argument that the interpreter knows nothing about.
        (0.1, 0.05, 0.025).__getitem__,
    ],
)
def test_a_schedule_takes_the_epoch_or_the_epoch_and_the_rate(schedule):
    made = fit(
        binary(optimizer=SGD(0.3)), epochs=3, callbacks=[LearningRateScheduler(schedule)]
    )
    assert made["learning_rate"] == pytest.approx([0.1, 0.05, 0.025], rel=1e-6)


def test_what_goes_wrong_inside_of_a_schedule_is_told():
    def broken(epoch, rate):
        return len(rate)

    with pytest.raises(TypeError, match="has no len"):
        fit(binary(), callbacks=[LearningRateScheduler(broken)])
