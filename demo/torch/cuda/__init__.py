# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""The simulated devices of this machine."""

from .. import _simulated_gpu
from .._types import device as device_type


def is_available():
    """True where PERJOULE_SIM names a submission file."""
    return _simulated_gpu.device_count() > 0


def device_count():
    return _simulated_gpu.device_count()


def current_device():
    return 0


def get_device_name(device=None):
    return "%s (simulated)" % _simulated_gpu.gpu_name().partition("*")[0].strip()


def synchronize(device=None):
    """Wait until the device has run everything submitted so far."""
    _queue(device).wait()


def memory_allocated(device=None):
    """Bytes held by tensors."""
    return _queue(device).allocated


def memory_reserved(device=None):
    """Bytes taken from the device."""
    return _queue(device).reserved


def max_memory_allocated(device=None):
    return _queue(device).reserved


def empty_cache():
    """Give memory that no tensor holds back to the device."""
    queue = _queue(None)
    queue.reserved = queue.allocated


def _queue(device):
    if isinstance(device, int):
        device = device_type("cuda", device)
    return device_type("cuda" if device is None else device).queue()
