"""What a notebook shows for a model."""

from html import escape

from fastgru._pictures import cells
from fastgru.models.summary import totals


def html(model):
    """The summary as an HTML table."""
    head = "".join(f"<th style='text-align:left'>{name}</th>"
                   for name in ("Layer", "Type", "Output shape", "Parameters"))  # fmt: skip
    body = "".join(
        "<tr>" + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in row)
        + "</tr>"
        for row in map(cells, model.layers)
    )  # fmt: skip
    below = "<br>".join(f"{what}: {count} ({size})" for what, count, size in totals(model))
    return (
        f"<div><b>Sequential {escape(model.name)}</b><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>{below}</div>"
    )
