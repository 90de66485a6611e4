"""Models out of PyTorch, and models for PyTorch."""

from fastgru._check import check_flag, fail
from fastgru.saving.paths import adopted


def from_torch(
    source, layers=None, input_shape=None, return_sequences=False, mask_zero=False
):  # fmt: skip
    """A model with the numbers of PyTorch's modules, or of a state dict.

    The modules are taken as `nn.Sequential` would run them, with the axes that it would
    see, but batch first always: of modules with batch_first=False the first two axes are
    exchanged. A recurrent module gives its output without its state. All of them but the
    last give sequences; the last one gives its state after the last step, of both directions
    side by side, which is `torch.cat([h[-2], h[-1]], 1)` of PyTorch's h, and of one direction
    `output[:, -1]`.

    Parameters
    ----------
    source : torch.nn.Module, list, dict or path
        One of torch.nn's own modules; or a list of such modules, names of activations, and
        layers of fastgru without weights, such as `Permute((2, 1))`, for what a `forward`
        does between them; or a state dict of tensors or NumPy arrays; or the path of a
        `.safetensors` file with one, for which PyTorch need not be installed.
    layers : list, optional
        For a state dict: the names of the modules in it in the order of their work, with
        activations and layers of fastgru between: ["embedding", "gru", "fc", "sigmoid"]. It
        may be left out where there is at most one table, one recurrent module and one Linear;
        the model then ends with the Linear's sums, for no state dict tells an activation.
    input_shape : tuple, optional
        Of one sample, None where a size is open; by default what the first module tells.
    return_sequences : bool, default False
        Whether the last recurrent module gives sequences too.
    mask_zero : bool, default False
        Whether id 0 is padding that recurrent modules skip, as they do behind PyTorch's
        `pack_padded_sequence`.

    Returns
    -------
    Sequential
        Not compiled. Weights are float32, or float64 where all of PyTorch's are.

    Raises
    ------
    ModelFormatError
        If a module is none that has a layer here, weights are missing or left over, or names
        and shapes do not tell what a module is. It is a ValueError.

    Notes
    -----
    All layers are trained, frozen modules too. Of an Embedding, padding_idx changes no output, and makes no mask, in PyTorch either; its
    row is trained here. GRUCell and its like become layers over a sequence. Of a state dict,
    normalizations have PyTorch's default epsilon, 1e-5. `running_var` follows the batches'
    variance as in Keras, without PyTorch's n / (n - 1).
    """
    from fastgru.formats.pytorch.reading import model_of

    check_flag("from_torch", "return_sequences", return_sequences)
    check_flag("from_torch", "mask_zero", mask_zero)
    return model_of(source, layers, input_shape, return_sequences, mask_zero)


def to_torch(model):
    """A `torch.nn.Module` with the numbers of a built model.

    It takes a batch, (batch, ...), of floats or of ids, and gives what `predict` does, also
    behind masks of `Embedding(mask_zero=True)` and `Masking`, whichever steps they skip. Its
    children are modules of torch.nn by the names of the layers, with PyTorch's names for
    their weights; what is trained here has gradients there. It is in evaluation mode.

    Parameters
    ----------
    model : Sequential

    Returns
    -------
    torch.nn.Module

    Raises
    ------
    ValueError
        If the model is not built, or a layer, or an argument of one, has no module.
    ImportError
        If PyTorch is not installed.

    Notes
    -----
    In training, BatchNormalization counts masked steps there, and running_var follows the
    batches' variance with PyTorch's n / (n - 1).
    """
    from fastgru.models import Sequential

    if not isinstance(model, Sequential):
        fail("to_torch", "model", "be a Sequential", type(model).__name__, kind=TypeError)
    adopted("to_torch", model)
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "to_torch: PyTorch must be installed; got no module torch. "
            "pip install 'fastgru[torch]' brings it."
        ) from error
    from fastgru.formats.pytorch.writing import module_of

    return module_of(model)
