"""What the compiled core offers; `make stubs` compares every name and signature with it."""

import numpy as np
from numpy.typing import NDArray

class Network:
    def __init__(
        self,
        *,
        group_offsets: NDArray[np.int64],
        health: NDArray[np.float64],
        service_life: NDArray[np.float64],
        shape: NDArray[np.float64],
        table: NDArray[np.int64],
        repair_cost: NDArray[np.float64],
        restored_health: NDArray[np.float64],
        table_offsets: NDArray[np.int64],
        table_age_ratio: NDArray[np.float64],
        table_health: NDArray[np.float64],
    ) -> None: ...
