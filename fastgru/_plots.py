"""Figures of matplotlib's, which is imported when the first one is made."""


def figure(where, size, dpi=None):
    """A new figure that no window shows by itself; a notebook shows the last value of a cell."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            f"{where}: matplotlib must be installed; got none. "
            "`pip install 'fastgru[plot]'` installs it."
        ) from error
    return Figure(figsize=size, dpi=dpi)
