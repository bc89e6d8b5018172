"""Registrar: records the run of a compiled pipeline in the registry behind a server.

A run on this machine is recorded by its own process, which also sees how a failed run ended.
"""

import json

from tfx.dsl.component.experimental.annotations import InputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.io import fileio
from tfx.types import standard_artifacts

from components import artifacts
from components.artifact_files import local_input, read_document
from penstock.config.loading import registry_token
from penstock.core.documents.certificate import Certificate
from penstock.core.documents.verdict import Verdict
from penstock.core.errors import NodeError, PenstockError
from penstock.metadata.lineage import Artifact
from penstock.registry.opening import connect
from penstock.registry.recording.cluster import note_of, with_certificate
from penstock.registry.recording.recorder import record

_ORIGIN = ("digest", "query", "source", "table", "files", "rows")
_PUSH = ("pushed_version", "pushed_destination")


@component
def Registrar(
    examples: InputArtifact[standard_artifacts.Examples],
    verdict: InputArtifact[artifacts.ModelVerdict],
    pushed: InputArtifact[standard_artifacts.PushedModel],
    certificate: InputArtifact[artifacts.ServingCertificate],
    facts: Parameter[str],
    code: Parameter[str],
) -> None:
    """Record the experiment and the version; a retry records nothing twice.

    Args:
        examples: The rows, with their origin.
        verdict: The verdict on the model.
        pushed: The output of Pusher.
        certificate: The output of ServingValidator.
        facts: JSON of what the registry has to know about the configuration.
        code: Fingerprint of this module.
    """
    known = json.loads(facts)
    rows = Artifact(0, "Examples", "examples", examples.uri, _texts(examples, _ORIGIN))
    properties = {**_texts(pushed, _PUSH), "pushed": pushed.get_int_custom_property("pushed")}
    output = Artifact(0, "PushedModel", "pushed_model", pushed.uri, properties)
    try:
        with local_input(pushed.uri) as model:
            note = note_of(known, rows, read_document(verdict.uri, Verdict), output, model)
        if fileio.exists(f"{certificate.uri}/{Certificate.FILE}"):
            note = with_certificate(note, read_document(certificate.uri, Certificate))
        with connect(known["uri"], registry_token()) as registry:
            record(registry, note)
    except PenstockError as error:
        # The version is pushed: another try of this node is enough.
        raise NodeError(error.what, error.expected, error.received, error.next_step) from error


def _texts(artifact: standard_artifacts.Examples, names: tuple[str, ...]) -> dict[str, str]:
    return {name: artifact.get_string_custom_property(name) for name in names}
