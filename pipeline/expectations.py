"""What a configuration's keys expect: pydantic's types of errors in the words of a TOML file."""

EXPECTED = {
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "string_pattern_mismatch": "text that matches {pattern}",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "finite_number": "a finite number",
    "greater_than": "a number greater than {gt:g}",
    "greater_than_equal": "a number of at least {ge:g}",
    "less_than": "a number less than {lt:g}",
    "literal_error": "{expected}",
    "too_short": "at least {min_length} of them",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
}
