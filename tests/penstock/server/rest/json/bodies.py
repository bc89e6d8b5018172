"""Bodies of predict requests as clients, and those who look for faults, write them."""

import json

from hypothesis import strategies as st

SPACES = st.sampled_from(["", " ", "\n"])
INTEGERS = st.integers(-(2**70), 2**70) | st.sampled_from([0, 2**31, 2**31 - 1, 2**63, 2**63 - 1, 2**64 - 1, 2**64, -1])
NUMBERS = st.one_of(
    INTEGERS.map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(
        ["1e39", "-1e39", "1e-50", "-0", "-0.0", "1E5", "1e400", "01", "NaN", "Infinity", "-Infinity", "."]
    ),
)
STRINGS = st.one_of(
    st.sampled_from(['"a"', '"\\u0061"', '"1:2"', '"\\":"', '"x', '"\\ud800"', '"é"', '"\udcff"', '"NaN"', '""']),
    st.text('ab: "\\,{}[]\né', max_size=4).map(json.dumps),
    st.text('ab: "\\,{}[]\né', max_size=4).map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.text('a:"\\\n', max_size=2).map(lambda text: f'"{text}"'),
)
BASE64 = st.sampled_from(['{"b64":"YWI="}', '{"b64":"YWI"}', '{"b64":"*"}', '{"b64":1}', '{"b64":"YQ==","q":1}', "{}"])
SCALARS = st.one_of(NUMBERS, NUMBERS, STRINGS, BASE64, st.sampled_from(["null", "true", "false"]))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3).map(lambda each: f"[{','.join(each)}]"), max_leaves=6
)
NAMES = st.sampled_from(["x", "x", "y", "z", "b64", "\\u0078"])


@st.composite
def objects(draw, names=NAMES, values=VALUES, size=3):
    pairs = draw(st.lists(st.tuples(names, values), max_size=size))
    return "{" + ",".join(f'"{name}"{draw(SPACES)}:{draw(SPACES)}{value}' for name, value in pairs) + "}"


@st.composite
def uniform(draw):
    """Draw rows that mostly have one form, so that many are taken."""
    names = draw(st.sampled_from([("x",), ("x", "y"), ("y", "x")]))
    values = st.integers(-9, 9).map(str) | st.floats(-9, 9).map(repr) | st.sampled_from(["NaN", "1e400", "[1]", "1"])
    kinds = {name: draw(st.sampled_from([st.integers(0, 300).map(str), values, STRINGS, SCALARS])) for name in names}
    count = draw(st.integers(1, 4))
    rows = [",".join(f'"{name}":{draw(kinds[name])}' for name in names) for _ in range(count)]
    return "[" + ",".join(f"{{{row}}}" for row in rows) + "]"


FORMS = st.one_of(
    st.tuples(st.just("instances"), st.lists(VALUES | objects(), max_size=4).map(lambda each: f"[{','.join(each)}]")),
    st.tuples(st.just("instances"), uniform()),
    st.tuples(st.just("instances"), uniform()),
    st.tuples(st.just("instances"), uniform()),
    st.tuples(st.just("inputs"), VALUES | objects()),
    st.tuples(st.sampled_from(["signature_name", "more"]), STRINGS | VALUES | objects()),
)


@st.composite
def bodies(draw):
    """Draw a body; lone surrogates of the text are invalid bytes."""
    pairs = draw(st.lists(FORMS, min_size=1, max_size=draw(st.sampled_from([1, 1, 2]))))
    text = "{" + ",".join(f'"{name}"{draw(SPACES)}:{value}' for name, value in pairs) + "}"
    ending = draw(st.sampled_from(["", "", "", " ", "x", "{}", "}"]))
    return (text + ending).encode(errors="surrogateescape")
