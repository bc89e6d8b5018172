"""The names in the log of requests, which the server writes and which drift checks and lineage read."""

import re

# Columns that the log adds; an output has the last one in front of its name.
TIME, REQUEST, VERSION, SIGNATURE = "penstock_time", "penstock_request", "penstock_version", "penstock_signature"
# The position of a row in its request, from 0.
ROW = "penstock_row"
OUTPUT = "penstock_output_"
# The key of what a file says of itself: the model, the share, and the columns that are hashed or left out.
ABOUT = b"penstock"
# Of a client's id: it goes into logs and into the metadata of the answer. Others are replaced by a new one.
IDENTIFIER = re.compile(r"[!-~]{1,128}")
