"""A model and files: thin entries to `fastgru.saving`, which knows the formats."""

from fastgru._check import check_default


class Filed:
    """The part of a model that saves it and gives it weights from files."""

    def to_json(self, **options):
        """The architecture and the compile state as JSON; `keras.models.model_from_json` reads it.

        Parameters
        ----------
        **options
            Of `json.dumps`: indent=2, for instance.
        """
        from fastgru.saving.configs import to_json

        return to_json(self, **options)

    def save(self, filepath, overwrite=True, zipped=True, format=None):
        """Write the model, its compile state and its optimiser's state to a file.

        Keras 3 opens a `.keras` file. The write is all or nothing: a file that was there
        stays whole until the new one is complete. See `fastgru.saving.save_model`.

        Parameters
        ----------
        filepath : str or os.PathLike
        overwrite : bool, default True
            Whether a file of that name may be replaced.
        zipped : bool, default True
            Accepted for Keras' scripts: a `.keras` file is a zip.
        format : str, optional
            Ending of the format, for a name without one.

        Raises
        ------
        ValueError
            If the name ends in no known format's ending, or the model is not built.
        FileExistsError
            If the file exists and `overwrite` is False.
        """
        from fastgru.saving import save_model

        check_default("save", zipped=(True if zipped is None else zipped, True))
        save_model(self, filepath, overwrite, format)

    def export(self, filepath, format="onnx", verbose=None, input_signature=None, *,
               opset_version=17, overwrite=True):  # fmt: skip
        """Write what the model computes to a file of ONNX. It needs the package onnx.

        The file has one input, `input`, (batch, ...) as the model reads it, ids as int64; its
        output is `output`, or `output_0`, `output_1`, ... where the last layer gives several.
        Batch and the axes that `input_shape` leaves open may have any size. Steps that the
        model masks are skipped, wherever they are. Each state of a stateful layer comes in as
        `<layer>/state_0`, ... and goes out as `<layer>/new_state_0`, ....

        Parameters
        ----------
        filepath : str or os.PathLike
            A name that ends in .onnx. The write is all or nothing.
        format : {"onnx"}
        verbose
            Accepted for Keras' scripts; it changes nothing.
        input_signature : None
            The input is always that of the model.
        opset_version : int, default 17
            Of ONNX' operators, from 17 to the newest that the installed onnx has.
        overwrite : bool, default True
            Whether a file of that name may be replaced.

        Raises
        ------
        ImportError
            If onnx is not installed.
        ValueError
            If the name does not end in .onnx, the model is not built, reads texts or has a
            layer that is none of fastgru's.
        FileExistsError
            If the file exists and `overwrite` is False.

        Notes
        -----
        A float64 model is written in float64. ONNX Runtime has no `gelu`, `Conv1D` and
        `AveragePooling1D` in it. Ids are not checked: ONNX counts negative ones from the
        end of the vocabulary.
        """
        from fastgru.saving.export import export_model

        check_default("export", input_signature=(input_signature, None))
        export_model(self, filepath, format, opset_version, overwrite)

    def save_weights(self, filepath, overwrite=True, max_shard_size=None):
        """Write the weights and the optimiser's state. See `fastgru.saving.save_weights`."""
        from fastgru.saving import save_weights

        check_default("save_weights", max_shard_size=(max_shard_size, None))
        save_weights(self, filepath, overwrite=overwrite)

    def load_weights(self, filepath, skip_mismatch=False, by_name=False):
        """Take the weights of an HDF5 file. See `fastgru.saving.load_weights`."""
        from fastgru.saving import load_weights

        load_weights(self, filepath, skip_mismatch, by_name)
