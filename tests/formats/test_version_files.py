"""Files of real Keras from 2.12 on: they predict alike and train on as they did there."""

import io

import numpy as np
import pytest
from formats import of_versions, version_models

import fastgru

PREDICTIONS, WEIGHTS, LOSSES = 1e-6, 1e-5, 1e-5
every_version = pytest.mark.parametrize("version", of_versions.VERSIONS)


def opened(version, name):
    return fastgru.saving.load_model(io.BytesIO(of_versions.members(version)[f"{name}.keras"]))


@every_version
def test_a_model_goes_on_where_keras_stopped(version):
    for name in of_versions.models(version):
        if "legacy" in name:
            continue
        known, model = of_versions.known(version, name), opened(version, name)
        x, y, note = known["x"], known["y"], f"{version} {name}"
        close(model.predict(x, verbose=0), known["predictions"], PREDICTIONS, note)
        version_models.train(model, x, y)
        for place, weight in enumerate(model.get_weights()):
            close(weight, known[f"weight_{place}"], WEIGHTS, note)
        close(model.evaluate(x, y, verbose=0), known["losses"], LOSSES, note)


def close(mine, theirs, tolerance, note):
    mine = np.atleast_1d(mine)
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=tolerance, err_msg=note)
