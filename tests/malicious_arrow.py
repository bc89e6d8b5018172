"""Files whose Arrow metadata contains a pickle that creates a file if it is loaded (CVE-2023-47248).

Another process writes them, because in this one the type that contains such a pickle may be forbidden.
"""

import subprocess
import sys
from pathlib import Path

# How the column of the malicious type is nested.
KINDS = ("plain", "dictionary", "struct", "list", "map")

_WRITE = """
import pathlib, sys
import pyarrow as pa, pyarrow.parquet as pq

folder, witness, *kinds = sys.argv[1:]
ROWS = 60

class Malicious(pa.PyExtensionType):
    def __init__(self, storage):
        super().__init__(storage)
    def __reduce__(self):
        return pathlib.Path(witness).touch, ()

for kind in kinds:
    storage = pa.array([float(n % 7) for n in range(ROWS)])
    if kind == "dictionary":
        storage = pa.array([f"c{n % 3}" for n in range(ROWS)]).dictionary_encode()
    column = pa.ExtensionArray.from_storage(Malicious(storage.type), storage)
    ends = pa.array(range(ROWS + 1), pa.int32())
    if kind == "struct":
        column = pa.StructArray.from_arrays([column], ["inner"])
    elif kind == "list":
        column = pa.ListArray.from_arrays(ends, column)
    elif kind == "map":
        column = pa.MapArray.from_arrays(ends, pa.array(["k"] * ROWS), column)
    label = pa.array([n % 2 for n in range(ROWS)])
    other = pa.array([float(n * 3 % 11) for n in range(ROWS)])
    table = pa.table({"planted": column, "miles": other, "paid": label})
    pq.write_table(table, f"{folder}/{kind}.parquet")
    with pa.OSFile(f"{folder}/{kind}.arrow", "wb") as stream, pa.ipc.new_file(stream, table.schema) as writer:
        writer.write_table(table)
"""


def write_files(folder: Path, witness: Path) -> None:
    """Write `KIND.parquet` and `KIND.arrow`, each with one malicious column; the payload creates the witness."""
    subprocess.run([sys.executable, "-c", _WRITE, str(folder), str(witness), *KINDS], check=True)
    witness.unlink(missing_ok=True)
