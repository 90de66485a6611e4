"""PyTorch's modules and state dicts as models, and models as PyTorch's modules.

Nothing here but `blocks` imports PyTorch: a module that is handed in brings it along, and
state dicts are arrays by name.
"""

WHERE = "from_torch"
