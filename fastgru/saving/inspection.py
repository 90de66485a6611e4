"""What is in a file, without loading it."""

from fastgru._errors import ModelFormatError
from fastgru.formats import module_of
from fastgru.saving.places import reading


def inspect(filepath):
    """Tell what is in a file of a model, without loading its weights.

    A file that `load_model` would refuse is told too, as far as it can be, with the reason
    among the notes.

    Parameters
    ----------
    filepath : str, bytes, os.PathLike or binary file object
        As for `load_model`; and files of weights alone, .weights.h5 and .npz.

    Returns
    -------
    fastgru.formats.contents.Contents
        format, versions, layers, notes; `print` shows them as a table.

    Raises
    ------
    ModelFormatError
        If it cannot be read as a file of its format at all.
    ValueError
        If the name ends in no known format's ending.
    OSError
        If there is no such file.

    Examples
    --------
    >>> print(fastgru.saving.inspect("reviews.keras"))
    """
    with reading("inspect", filepath, of_weights=True) as (found, read):
        data = read()
        try:
            contents = module_of(found).inspect(data)
        except ModelFormatError as error:
            # Formats speak of what they mostly do.
            where, colon, rest = str(error).partition(": ")
            mostly = where in ("load_model", "load_weights")
            text = f"inspect: {rest}" if mostly else where + colon + rest
            raise ModelFormatError(text) from error
    contents.notes.insert(0, f"{len(data):,} bytes")
    return contents
