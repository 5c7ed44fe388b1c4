# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""Only the data part exists."""

from . import data
