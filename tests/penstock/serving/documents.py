"""Documents of models, made by hand."""

from penstock.core.features import served_names
from penstock.serving.model.document import Document, Input
from penstock.tables.values.conversion import TYPED, type_of
from penstock.tables.values.interpretation import ColumnFormat


def wanted(name, form, role="", **rest):
    """Return an input with a format, or with a type if `form` is in capitals."""
    is_type = form[:1].isupper()
    column = ColumnFormat(name, TYPED if is_type else form, form if is_type else type_of(form), rest.pop("missing", ()))
    rest.setdefault("input", served_names([name])[name])
    return Input(name, column=column, source=rest.pop("source", name), role=role, **rest)


def document(*inputs, delimiter=",", sources=None):
    names = [each.source for each in inputs if each.source] if sources is None else sources
    return Document(inputs, delimiter, frozenset(names))


def document_of_kinds(**kinds):
    """Return the document of a model's signature, whose inputs are `text`, `number` or `vector` by name."""
    from penstock.serving.model.scorer import Scorer, document_of_signature

    return document_of_signature(Scorer(kinds, (), lambda columns: []))
