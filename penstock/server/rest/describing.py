"""Answers questions about a model: the states of its versions, and its signatures."""

import inspect
from typing import Any

from penstock.server.models.models import Models
from penstock.server.models.servable import Servable
from penstock.server.rest.answers import Answer, of_value
from penstock.server.rest.targets import Target

_DEFAULTS = ("including_default", "always_print_fields")


def status(models: Models, target: Target) -> Answer:
    """Return the states of a model's versions; a label is ignored, as TensorFlow Serving does."""
    states = [
        {
            "version": str(each.version),
            "state": each.state.name,
            "status": {"error_code": each.code.name, "error_message": each.message},
        }
        for each in models.states(target.model, target.version)
    ]
    return of_value({"model_version_status": states})


def metadata(models: Models, target: Target) -> Answer:
    """Return the signatures of a version."""
    with models.lease(target.model, target.version, target.label) as servable:
        return of_value(
            {
                "model_spec": {"name": servable.model, "signature_name": "", "version": str(servable.version)},
                "metadata": {"signature_def": _signature_defs(servable)},
            }
        )


def _signature_defs(servable: Servable) -> dict[str, Any]:
    from google.protobuf.json_format import MessageToDict

    # The name of the option in protobuf 4, and later.
    names = [name for name in inspect.signature(MessageToDict).parameters if name.startswith(_DEFAULTS)]
    options: dict[str, Any] = {"preserving_proto_field_name": True, **dict.fromkeys(names, True)}
    found = {name: MessageToDict(each, **options) for name, each in servable.signature_defs.items()}
    return {"signature_def": found}
