"""Numbers of 32 bits as TensorFlow Serving writes them: six significant digits if they suffice, else nine."""

import numpy as np

# Up to so many values a loop is faster.
FEW = 12
# Powers of ten that a double holds exactly.
_LARGEST_POWER = 22
_NEAR_HALF = 1e-5


def decimals(array: np.ndarray) -> np.ndarray:
    """Return for each finite float32 the double whose shortest text is the text of TensorFlow Serving."""
    flat = array.ravel()
    if flat.size <= FEW:
        return np.array([_decimal(value) for value in flat.tolist()], dtype=np.float64).reshape(array.shape)
    wide = flat.astype(np.float64)
    short, sure = _rounded(wide, 6)
    result, sure_of_long = _rounded(wide, 9)
    fits = short.astype(np.float32) == flat
    result[fits] = short[fits]
    unsure = np.flatnonzero(~(sure & (fits | sure_of_long)))
    result[unsure] = [_decimal(value) for value in flat[unsure].tolist()]
    return result.reshape(array.shape)


def _decimal(value: float) -> float:
    short = float(f"{value:.6g}")
    return short if np.float32(short) == np.float32(value) else float(f"{value:.9g}")


def _rounded(values: np.ndarray, digits: int) -> tuple[np.ndarray, np.ndarray]:
    """Return values rounded to significant digits, and where that is exact beyond doubt."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        exponents = np.floor(np.log10(np.abs(values)))
        exponents[values == 0] = 0
        powers = digits - 1 - exponents
        sure = np.abs(powers) <= _LARGEST_POWER
        scale = 10.0 ** np.where(sure, np.abs(powers), 0)
        scaled = np.where(powers < 0, values / scale, values * scale)
        whole = np.rint(scaled)
        # A product next to a half, or whose number of digits is not the expected one, could have been rounded itself.
        sure &= np.abs(np.abs(scaled - whole) - 0.5) > _NEAR_HALF
        sure &= (values == 0) | ((np.abs(whole) >= 10.0 ** (digits - 1)) & (np.abs(whole) < 10.0**digits))
        return np.where(powers < 0, whole * scale, whole / scale), sure
