"""Requests and the answers of TensorFlow Serving: method, path, body, status, and the value or the text of the error.

An error is compared as a whole; `...` at its start or end stands for more. Where TensorFlow Serving was run the texts
are its own. `~` before a path means the model echo, whose signatures return what they are given.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

ECHO = "/v1/models/echo"
PREDICT = f"{ECHO}:predict"
P = "~:predict"


@dataclass(frozen=True)
class Reply:
    """What the application sent."""

    status: int
    headers: dict[str, str]
    body: bytes
    scope: dict[str, Any] = field(repr=False)

    @property
    def text(self) -> str:
        return self.body.decode()


def rows(signature: str, values: str) -> str:
    return f'{{"signature_name":"{signature}","instances":{values}}}'


def columns(signature: str, values: str) -> str:
    return f'{{"signature_name":"{signature}","inputs":{values}}}'


Case = tuple[str, str, str | bytes, int, Any]

PATHS: list[Case] = [
    ("POST", P, '{"instances":[1]}', 200, {"predictions": [1.0]}),
    ("POST", "/V1/MODELS/echo:predict", '{"instances":[1]}', 200, {"predictions": [1.0]}),
    ("POST", "~/versions/3:predict", '{"instances":[1]}', 200, {"predictions": [1.0]}),
    ("POST", "~/Versions/3:predict", '{"instances":[1]}', 200, {"predictions": [1.0]}),
    ("POST", "~/versions/0000000000000000000003:predict", '{"instances":[1]}', 200, {"predictions": [1.0]}),
    ("POST", "/v1/models/%65cho:predict", '{"instances":[1]}', 200, {"predictions": [1.0]}),
    ("POST", "/v1/models/mixed/labels/stable:predict", rows("half", "[1]"), 200, {"predictions": [1.5]}),
    ("POST", "/v1/models/mixed:predict", rows("half", "[1]"), 200, {"predictions": [2.5]}),
    ("POST", "/v1/models/mixed/versions/1:predict", rows("half", "[1]"), 200, {"predictions": [1.5]}),
    ("POST", "~:Predict", '{"instances":[1]}', 400, "Malformed request: POST /v1/models/echo:Predict"),
    ("POST", "~:PREDICT", "", 400, "Malformed request: POST /v1/models/echo:PREDICT"),
    ("GET", P, "", 400, "Malformed request: GET /v1/models/echo:predict"),
    ("PUT", P, "", 400, "Malformed request: PUT /v1/models/echo:predict"),
    ("DELETE", "~", "", 400, "Malformed request: DELETE /v1/models/echo"),
    ("PATCH", "~", "", 400, "Malformed request: PATCH /v1/models/echo"),
    ("POST", "~", "", 400, "Malformed request: POST /v1/models/echo"),
    ("POST", "~/metadata", "", 400, "Malformed request: POST /v1/models/echo/metadata"),
    ("POST", "~:explain", "", 400, "Malformed request: POST /v1/models/echo:explain"),
    ("POST", "/v1/models/:predict", "", 400, "Malformed request: POST /v1/models/:predict"),
    ("GET", "~/version/3", "", 400, "Malformed request: GET /v1/models/echo/version/3"),
    ("GET", "~/versions/x", "", 400, "Malformed request: GET /v1/models/echo/versions/x"),
    ("GET", "~/versions/-1", "", 400, "Malformed request: GET /v1/models/echo/versions/-1"),
    ("GET", "~/versions/3/labels/a", "", 400, "Malformed request: GET /v1/models/echo/versions/3/labels/a"),
    ("GET", "~/", "", 400, "Malformed request: GET /v1/models/echo/"),
    ("GET", "/v1/", "", 400, "Malformed request: GET /v1/"),
    ("GET", "/v1/models", "", 400, "Missing model name in request."),
    (
        *("GET", "~/versions/99999999999999999999", "", 400),
        "Failed to convert version: 99999999999999999999 to numeric.",
    ),
    ("POST", "/v1/models/none:predict", '{"instances":[1]}', 404, "Servable not found for request: Latest(none)"),
    ("POST", "~/versions/99:predict", '{"instances":[1]}', 404, "Servable not found for request: Specific(echo, 99)"),
    ("POST", "~/labels/none:predict", '{"instances":[1]}', 400, "Unrecognized servable version label: none"),
    ("POST", "/v1/models/none:predict", "{", 400, "JSON Parse error: ..."),
    ("POST", "/v1/models/none:predict", "", 400, "JSON Parse error: The document is empty"),
    ("GET", "/v1/models/none", "", 404, "Could not find any versions of model none"),
    ("GET", "~/versions/99", "", 404, "Could not find version 99 of model echo"),
    ("GET", "/v1/models/none/metadata", "", 404, "Servable not found for request: Latest(none)"),
    ("GET", "~/labels/none/metadata", "", 400, "Unrecognized servable version label: none"),
    ("GET", "/monitoring/prometheus/metrics", "", 404, "..."),
    ("GET", "/", "", 404, "..."),
    ("OPTIONS", P, "", 400, "Origin header is missing in CORS preflight"),
]
_STATES = [
    {"version": version, "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}} for version in "321"
]
PATHS += [
    ("GET", "~", "", 200, {"model_version_status": _STATES[:1]}),
    ("GET", "~/versions/3", "", 200, {"model_version_status": _STATES[:1]}),
    ("GET", "/v1/models/mixed", "", 200, {"model_version_status": _STATES[1:]}),
    ("GET", "/v1/models/mixed/versions/1", "", 200, {"model_version_status": _STATES[2:]}),
    ("GET", "/v1/models/mixed/labels/none", "", 200, {"model_version_status": _STATES[1:]}),
    # The path fits, but `METADATA` is not the name of the resource.
    ("GET", "~/METADATA", "", 200, {"model_version_status": _STATES[:1]}),
]

PARSING: list[Case] = [
    ("POST", P, "", 400, "JSON Parse error: The document is empty"),
    ("POST", P, " ", 400, "JSON Parse error: The document is empty. at offset: 1"),
    (
        "POST",
        P,
        '{"instances":[1e400]}',
        400,
        f"JSON Parse error: Number too big{' to be stored in double.'} at offset: 14",
    ),
    ("POST", P, '{"instances":[1e39,-1e39,1e-50]}', 200, '{"predictions":[Infinity,-Infinity,0.0]}'),
    ("POST", P, '{"instances":[NaN,Infinity,-Infinity]}', 200, '{"predictions":[NaN,Infinity,-Infinity]}'),
    ("POST", P, '{"instances":[1],"instances":[2]}', 200, {"predictions": [1.0]}),
    ("POST", P, '{"instances":[1]}{"instances":[2]}', 200, {"predictions": [1.0]}),
    ("POST", P, '{"instances":[1]} trailing', 200, {"predictions": [1.0]}),
    ("POST", P, b'{"instances":[1]}\x00\xff', 200, {"predictions": [1.0]}),
    ("POST", P, b'\xef\xbb\xbf{"instances":[1]}', 200, {"predictions": [1.0]}),
    ("POST", P, '{"instances":[1,2],}', 400, "JSON Parse error: Missing a name for object member. at offset: 19"),
    ("POST", P, "[1,2", 400, "JSON Parse error: Missing a comma or ']' after an array element. at offset: 4"),
    (
        "POST",
        P,
        '{"instances":[01]}',
        400,
        "JSON Parse error: Missing a comma or ']' after an array element. at offset: 15",
    ),
    ("POST", P, "[1, 2]", 400, "JSON Value: [1, 2] Is not object"),
    ("POST", P, '"x"', 400, 'JSON Value: "x" Is not object'),
    ("POST", P, "null", 400, "JSON Value: null Is not object"),
    ("POST", P, '{"INSTANCES":[1]}', 400, "Missing 'inputs' or 'instances' key"),
    ("POST", P, "{}", 400, "Missing 'inputs' or 'instances' key"),
    ("POST", P, '{"instances":[1],"more":{"a":[1,{"b":null}]}}', 200, {"predictions": [1.0]}),
    ("POST", P, '{"instances": [ 1 , 2e0 , -0.0 ] }', 200, {"predictions": [1.0, 2.0, -0.0]}),
    (
        *("POST", P, '{"signature_name":5,"instances":[1]}', 400),
        'JSON Value: {\n    "signature_name": 5,\n    "instances": [1]\n} not formatted correctly. '
        "'signature_name' key must be a string value.",
    ),
    ("POST", P, rows("none", "[1]"), 400, 'Serving signature name: "none" not found in signature def'),
    ("POST", P, '{"signature_name":"","instances":[1]}', 200, {"predictions": [1.0]}),
    (
        *("POST", P, '{"signature_name":"none","signature_name":"float32","instances":[1]}', 400),
        'Serving signature name: "none" not found in signature def',
    ),
    ("POST", P, '{"signature_name":"float32","signature_name":"none","instances":[1]}', 200, {"predictions": [1.0]}),
    (
        *("POST", P, '{"instances":[1],"inputs":[1]}', 400),
        "...Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ",
    ),
    ("POST", P, '{"instances":1}', 400, "...Expecting 'instances' to be an list/array"),
    ("POST", P, '{"instances":{"x":1}}', 400, "...Expecting 'instances' to be an list/array"),
    ("POST", P, '{"instances":[]}', 400, "JSON Value: {\n    \"instances\": []\n} No values in 'instances' array"),
    ("POST", P, "[" * 100_000, 400, "JSON Parse error: ..."),
    ("POST", P, '{"instances":' + "[" * 10_000 + "]" * 10_000 + "}", 400, "JSON Parse error: ..."),
    ("POST", P, rows("float32", "[" * 40 + "1" + "]" * 40), 400, "...dimensions, at most 31 are taken"),
    ("POST", P, '{"a":' * 10_000 + "1" + "}" * 10_000, 400, "JSON Parse error: ..."),
    (
        "POST",
        P,
        '{"instances":[' + "9" * 5000 + "]}",
        400,
        "JSON Parse error: Number too big to be stored in double. ...",
    ),
    (
        "POST",
        P,
        '{"instances":[1]',
        400,
        "JSON Parse error: Missing a comma or '}' after an object member. at offset: 16",
    ),
    (
        "POST",
        P,
        '{"instances" [1]}',
        400,
        "JSON Parse error: Missing a colon after a name of object member. at offset: 13",
    ),
    ("POST", P, '{"instances":[tru]}', 400, "JSON Parse error: Invalid value. at offset: 17"),
    ("POST", P, rows("string", r'["\ud800"]'), 400, "JSON Parse error: The surrogate pair in string is invalid. ..."),
]

NUMBERS: list[Case] = [
    ("POST", P, rows("float32", "[0.1, 3, 1000000, 1e-7, 0.123456789]"), 200, [0.1, 3.0, 1e6, 1e-7, 0.123456791]),
    ("POST", P, rows("float64", "[0.1, 1e300, 0.123456789012345678]"), 200, [0.1, 1e300, 0.123456789012345678]),
    ("POST", P, rows("float64", "[9223372036854775809, 18446744073709551616]"), 200, [9223372036854775809.0, 2.0**64]),
    ("POST", P, rows("int64", "[-9223372036854775808, 9223372036854775807]"), 200, [-(2**63), 2**63 - 1]),
    ("POST", P, rows("uint64", "[18446744073709551615]"), 200, [2**64 - 1]),
    ("POST", P, rows("uint32", "[4294967295]"), 200, [2**32 - 1]),
    ("POST", P, rows("int32", "[-2147483648]"), 200, [-(2**31)]),
    ("POST", P, rows("int8", "[127, 128, 300]"), 200, [127, -128, 44]),
    ("POST", P, rows("uint8", "[255, 256, -1]"), 200, [255, 0, 255]),
    ("POST", P, rows("int16", "[32768]"), 200, [-32768]),
    ("POST", P, rows("bool", "[true, false]"), 200, [True, False]),
    ("POST", P, rows("string", r'["a", "\u00e9\n\"", ""]'), 200, ["a", 'é\n"', ""]),
    ("POST", P, columns("float32", "1"), 200, {"outputs": 1.0}),
    ("POST", P, columns("float32", "[]"), 200, {"outputs": []}),
    ("POST", P, columns("float32", "[[[]],[[]]]"), 200, {"outputs": [[[]], [[]]]}),
    ("POST", P, rows("float32", "[[]]"), 200, [[]]),
    ("POST", P, rows("float32", "[[[1,2]],[[3,4]]]"), 200, [[[1.0, 2.0]], [[3.0, 4.0]]]),
    ("POST", P, columns("float32", '{"x":[1,2],"zz":1}'), 200, {"outputs": [1.0, 2.0]}),
    ("POST", P, columns("float32", '{"x":[1,2],"zz":{"a":[null]}}'), 200, {"outputs": [1.0, 2.0]}),
    ("POST", P, columns("float32", '{"x":[1],"x":[2]}'), 200, {"outputs": [1.0]}),
    ("POST", P, rows("float32", '[{"x":1},{"x":2}]'), 200, [1.0, 2.0]),
    ("POST", P, rows("float32", '[{"x":1,"x":2}]'), 200, [1.0]),
    ("POST", P, rows("float32", '[{"x":1,"x":2},{"x":3}]'), 200, [1.0, 3.0]),
]

_ELEMENT = "Failed to process element: {} of 'instances' list. Error: INVALID_ARGUMENT: "
_WRONG = "JSON Value: {} is not of expected type: {}"


def _wrong(signature: str, values: str, index: int, shown: str, dtype: str) -> Case:
    return ("POST", P, rows(signature, values), 400, _ELEMENT.format(index) + _WRONG.format(shown, dtype))


VALUES: list[Case] = [
    _wrong("float32", '[1,"a"]', 1, '"a" Type: String', "float"),
    _wrong("float32", "[null]", 0, "null Type: Null", "float"),
    _wrong("float32", "[true]", 0, "true Type: True", "float"),
    _wrong("float32", "[1,false]", 1, "false Type: False", "float"),
    _wrong("float32", '[{"b64":"AAAA"}]', 0, '{\n    "b64": "AAAA"\n} Type: Object', "float"),
    _wrong("float64", '["1"]', 0, '"1" Type: String', "double"),
    _wrong("int64", "[1.0]", 0, "1.0 Type: Number", "int64"),
    _wrong("int64", "[9223372036854775808]", 0, "9223372036854775808 Type: Number", "int64"),
    _wrong("int64", "[1e3]", 0, "1000.0 Type: Number", "int64"),
    _wrong("int64", "[NaN]", 0, "NaN Type: Number", "int64"),
    _wrong("int64", "[true]", 0, "true Type: True", "int64"),
    _wrong("int32", "[2147483648]", 0, "2147483648 Type: Number", "int32"),
    _wrong("uint32", "[-1]", 0, "-1 Type: Number", "uint32"),
    _wrong("uint64", "[-1]", 0, "-1 Type: Number", "uint64"),
    _wrong("uint64", "[18446744073709551616]", 0, "18446744073709552000.0 Type: Number", "uint64"),
    _wrong("bool", "[1]", 0, "1 Type: Number", "bool"),
    _wrong("string", "[1]", 0, "1 Type: Number", "string"),
    _wrong("string", "[null]", 0, "null Type: Null", "string"),
    ("POST", P, rows("half", "[1]"), 400, "...UNIMPLEMENTED: Conversion of JSON Value: 1 to type: half"),
    ("POST", P, columns("half", "[1]"), 501, "Conversion of JSON Value: 1 to type: half"),
    ("POST", P, columns("float32", '"a"'), 400, 'JSON Value: "a" Type: String is not of expected type: float'),
    ("POST", P, columns("to_half", "[1]"), 400, "Failed to write JSON value for tensor type: half"),
    (
        *("POST", P, rows("float32", "[{}]"), 400),
        "Failed to process element: 0 of 'instances' list. JSON object: {} keys must be equal to: x",
    ),
    ("POST", P, rows("float32", '[{"x":1},2]'), 400, "Expecting object but got list at item 1 of input list"),
    ("POST", P, rows("float32", '[1,{"x":1}]'), 400, "Expecting value/list but got object at item 1 of input list"),
    (
        *("POST", P, rows("float32", "[[1,2],[3]]"), 400),
        "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: "
        "Expecting tensor size: 2 but got: 1",
    ),
    (
        *("POST", P, rows("float32", "[[[1,2]],[[3],[4]]]"), 400),
        "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: "
        "Expecting shape [1,2] but got: [2,1]",
    ),
    (
        *("POST", P, rows("float32", "[[[1,2],[3]]]"), 400),
        "...Encountered list at unexpected size: 1 at level: 1 expected size: 2",
    ),
    ("POST", P, rows("float32", "[[1,[2]]]"), 400, "...Encountered list at unexpected level: 1 expected < 1"),
    (
        *("POST", P, rows("float32", "[[[1],2]]"), 400),
        "...JSON Value: 2 found at incorrect level: 2 in the JSON DOM. Expected at level: 2",
    ),
    (
        "POST",
        P,
        columns("float32", "[[1,2],[3]]"),
        400,
        "Encountered list at unexpected size: 1 at level: 1 expected size: 2",
    ),
]
_PAIR = "as multiple input tensors required as per tensorinfo_map"
_RAGGED = (
    "Failed to process element: 1 key: a of 'instances' list. Error: INVALID_ARGUMENT: "
    "Expecting tensor size: 2 but got: 1"
)
PAIRS: list[Case] = [
    ("POST", P, rows("pair", '[{"a":1,"b":2}]'), 200, [{"a": 1.0, "b": 2}]),
    (
        "POST",
        P,
        rows("pair", '[{"a":[1,2],"b":2},{"b":3,"a":[3,4]}]'),
        200,
        [{"a": [1.0, 2.0], "b": 2}, {"a": [3.0, 4.0], "b": 3}],
    ),
    ("POST", P, columns("pair", '{"a":[[1,2]],"b":3}'), 200, {"outputs": {"a": [[1.0, 2.0]], "b": 3}}),
    ("POST", P, rows("pair", "[1]"), 400, f"instances is a plain list, but expecting list of objects {_PAIR}"),
    ("POST", P, columns("pair", "[1]"), 400, f"inputs is a plain value/list, but expecting an object {_PAIR}"),
    (
        "POST",
        P,
        columns("pair", '{"b64":"AA=="}'),
        400,
        f"inputs is a plain value/list, but expecting an object {_PAIR}",
    ),
    ("POST", P, columns("pair", '{"a":[1]}'), 400, "Missing named input: b in 'inputs' object."),
    (
        *("POST", P, rows("pair", '[{"a":1}]'), 400),
        "Failed to process element: 0 of 'instances' list. JSON object: {\n    \"a\": 1\n} keys must be equal to: a,b",
    ),
    (
        *("POST", P, rows("pair", '[{"a":1,"b":1,"z":1}]'), 400),
        "Failed to process element: 0 key: z of 'instances' list. Error: INVALID_ARGUMENT: "
        "JSON object: does not have named input: z",
    ),
    ("POST", P, rows("pair", '[{"a":[1,2],"b":1},{"a":[1],"b":1}]'), 400, _RAGGED),
    (
        "POST",
        P,
        rows("pair", '[{"a":1,"b":1.5}]'),
        400,
        "...JSON Value: 1.5 Type: Number is not of expected type: int64",
    ),
    ("POST", P, rows("size", "[1,2]"), 400, "Tensor name: y has no shape information "),
    ("POST", P, columns("size", "[1,2]"), 200, {"outputs": 2}),
    (
        *("POST", P, rows("cut", '[{"a":1,"b":1},{"a":1,"b":1},{"a":1,"b":1}]'), 400),
        "Tensor name: b has inconsistent batch size: 2 expecting: 3",
    ),
]

STRINGS: list[Case] = [
    ("POST", P, rows("string", '[{"b64":"YWI="},{"b64":"YWI"}]'), 200, ["ab", "ab"]),
    ("POST", P, rows("string", r'[{"b64":" Y\nWI "}]'), 200, ["ab"]),
    ("POST", P, rows("string", '["x",{"b64":"YWI="}]'), 200, ["x", "ab"]),
    ("POST", P, rows("string", '[{"x":"x"},{"x":{"b64":"YWI="}}]'), 200, ["x", "ab"]),
    ("POST", P, rows("string", '[[{"b64":"YWI="}]]'), 200, [["ab"]]),
    ("POST", P, columns("string", '{"b64":"YWI="}'), 200, {"outputs": "ab"}),
    ("POST", P, columns("string", '{"x":{"b64":"YWI="}}'), 200, {"outputs": "ab"}),
    ("POST", P, rows("string", '[{"b64":"YW*j"}]'), 400, "...Unable to base64 decode"),
    ("POST", P, rows("string", '[{"b64":"YWJj="}]'), 400, "...Unable to base64 decode"),
    ("POST", P, rows("string", '[{"b64":"Y"}]'), 400, "...Unable to base64 decode"),
    ("POST", P, rows("string", '[{"b64":"YWJj","q":1}]'), 400, "...key: b64 ...does not have named input: b64"),
    ("POST", P, rows("string", '[{"b64":5}]'), 400, "...key: b64 ...does not have named input: b64"),
    (
        *("POST", P, rows("string", '[{"x":{"b64":5}}]'), 400),
        '...JSON Value: {\n    "b64": 5\n} not formatted correctly for base64 data',
    ),
    ("POST", P, b'{"signature_name":"string","instances":["\xff\xc3\xa9"]}', 200, b'{"predictions":["\xff\xc3\xa9"]}'),
    ("POST", P, rows("bytes", '["ab"]'), 200, [{"b64": "YWI="}]),
    ("POST", P, rows("texts", '["ab"]'), 200, [{"s": "ab", "s_bytes": {"b64": "YWI="}}]),
    ("POST", P, columns("texts", '"ab"'), 200, {"outputs": {"s": "ab", "s_bytes": {"b64": "YWI="}}}),
]

CLASSIFY, REGRESS = "/v1/models/estimator:classify", "/v1/models/estimator:regress"
_EXPECTED = "Expected {} signature method_name to be tensorflow/serving/{}. Was: tensorflow/serving/predict"


def _regress(examples: str, more: str = "") -> str:
    return f'{{"signature_name":"regress",{more}"examples":{examples}}}'


EXAMPLES: list[Case] = [
    (
        "POST",
        CLASSIFY,
        '{"examples":[{"x":0.0},{"x":[0.0],"s":"a"}]}',
        200,
        {"results": [[["no", 0.5], ["yes", 0.5]]] * 2},
    ),
    ("POST", REGRESS, _regress('[{"x":0.0},{"n":true},{"s":{"b64":"YQ=="}}]'), 200, {"results": [0.5, 0.5, 0.5]}),
    ("POST", REGRESS, _regress('[{"n":1}]', '"context":{"x":0.0},'), 200, {"results": [0.5]}),
    ("POST", REGRESS, _regress("[{}]"), 200, {"results": [0.5]}),
    ("POST", REGRESS, _regress('[{"x":[]}]'), 200, {"results": [0.5]}),
    ("POST", CLASSIFY, '{"examples":[]}', 400, "...'examples' value is an empty array"),
    ("POST", CLASSIFY, '{"examples":{}}', 400, "...Expecting 'examples' value to be an list/array"),
    (
        "POST",
        CLASSIFY,
        "{}",
        400,
        "JSON Value: {} When method is classify, key 'examples' is expected and was not found",
    ),
    (
        "POST",
        REGRESS,
        "{}",
        400,
        "JSON Value: {} When method is classify, key 'examples' is expected and was not found",
    ),
    ("POST", CLASSIFY, '{"examples":[1]}', 400, "Example must be JSON object but got JSON Number"),
    (
        "POST",
        CLASSIFY,
        '{"examples":[{"x":[1,2.5]}]}',
        400,
        "Unexpected element type in feature: x expecting type: int64",
    ),
    (
        "POST",
        CLASSIFY,
        '{"examples":[{"x":["a",1]}]}',
        400,
        "Unexpected element type in feature: x expecting type: bytes",
    ),
    (
        "POST",
        CLASSIFY,
        '{"examples":[{"x":[1.0,1]}]}',
        400,
        "Unexpected element type in feature: x expecting type: float",
    ),
    ("POST", CLASSIFY, '{"examples":[{"x":null}]}', 400, "Feature: x has element with unexpected JSON type: Null"),
    ("POST", CLASSIFY, '{"examples":[{"x":[[1]]}]}', 400, "Feature: x has element with unexpected JSON type: Array"),
    ("POST", CLASSIFY, '{"examples":[{"x":{"a":1}}]}', 400, "Feature: x has element with unexpected JSON type: Object"),
    (
        *("POST", CLASSIFY, '{"examples":[{"x":9223372036854775808}]}', 400),
        "Feature: x has uint64_t element. Only int64_t is supported.",
    ),
    ("POST", CLASSIFY, '{"signature_name":1,"examples":[{}]}', 400, "...'signature_name' key must be a string value."),
    ("POST", CLASSIFY, '{"examples":[{"x":"a"}]}', 400, "..."),
    ("POST", CLASSIFY, '{"signature_name":"none","examples":[{}]}', 400, "No signature was found with the name: none"),
    (
        *("POST", CLASSIFY, '{"signature_name":"predict","examples":[{}]}', 400),
        _EXPECTED.format("classification", "classify"),
    ),
    ("POST", "~:classify", '{"examples":[{}]}', 400, _EXPECTED.format("classification", "classify")),
    ("POST", "~:regress", '{"examples":[{}]}', 400, _EXPECTED.format("regression", "regress")),
    ("POST", "/v1/models/none:regress", '{"examples":[{}]}', 404, "Servable not found for request: Latest(none)"),
    ("POST", "/v1/models/none:regress", "", 400, "JSON Parse error: The document is empty"),
]

CASES = [*PATHS, *PARSING, *NUMBERS, *VALUES, *PAIRS, *STRINGS, *EXAMPLES]


def name_of(case: Case) -> str:
    return f"{case[0]} {case[1]} {case[2][:60]!s}"


def check(call: Any, case: Case) -> None:
    """Send a request of the table, and compare the answer."""
    method, path, body, status, expected = case
    reply = call(method, path.replace("~", ECHO), body)
    assert reply.status == status, reply.body
    if isinstance(expected, bytes):
        assert reply.body == expected
    elif status != 200:
        pattern = ".*".join(map(re.escape, expected.split("...")))
        assert re.fullmatch(pattern, json.loads(reply.body)["error"], re.DOTALL), reply.body
    elif isinstance(expected, str):
        assert reply.text == expected
    else:
        assert json.loads(reply.body) == ({"predictions": expected} if isinstance(expected, list) else expected)
