"""Numbers of 32 bits as TensorFlow Serving writes them: six significant digits if they suffice, else nine."""

import numpy as np

# Up to so many values a loop is faster.
FEW = 12
# Powers of ten that a double holds exactly.
_POWERS = np.array([float(f"1e{power}") for power in range(23)])
_NEAR_HALF = 1e-5


def decimals(array: np.ndarray) -> np.ndarray:
    """Return for each finite float32 the double whose shortest text is the text of TensorFlow Serving."""
    flat = array.ravel()
    if flat.size <= FEW:
        return np.array([_decimal(value) for value in flat.tolist()], dtype=np.float64).reshape(array.shape)
    wide = flat.astype(np.float64)
    magnitudes = np.abs(wide)
    magnitudes[magnitudes == 0] = 1
    exponents = np.floor(np.log10(magnitudes)).astype(np.int64)
    result, sure_of_long = _rounded(wide, exponents, 9)
    short, sure = _rounded(wide, exponents, 6)
    with np.errstate(over="ignore"):
        fits = short.astype(np.float32) == flat
    np.copyto(result, short, where=fits)
    unsure = np.flatnonzero(~(sure & (fits | sure_of_long)))
    if unsure.size:
        result[unsure] = [_decimal(value) for value in flat[unsure].tolist()]
    return result.reshape(array.shape)


def _decimal(value: float) -> float:
    short = float(f"{value:.6g}")
    return short if np.float32(short) == np.float32(value) else float(f"{value:.9g}")


def _rounded(values: np.ndarray, exponents: np.ndarray, digits: int) -> tuple[np.ndarray, np.ndarray]:
    """Return values rounded to significant digits, and where that is exact beyond doubt."""
    powers = (digits - 1) - exponents
    scale = _POWERS.take(np.abs(powers), mode="clip")
    down = powers < 0
    scaled = np.where(down, values / scale, values * scale) if down.any() else values * scale
    whole = np.rint(scaled)
    # A product next to a half, or whose number of digits is not the expected one, could have been rounded itself.
    sure = np.abs(np.abs(scaled - whole) - 0.5) > _NEAR_HALF
    size = np.abs(whole)
    sure &= ((size >= 10.0 ** (digits - 1)) & (size < 10.0**digits)) | (values == 0)
    return np.where(down, whole * scale, whole / scale) if down.any() else whole / scale, sure
