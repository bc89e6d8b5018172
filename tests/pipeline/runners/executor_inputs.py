"""An ExecutorInput as Kubeflow's launcher passes it."""

EXAMPLES = {"instanceSchema": "title: tfx.Examples\ntype: object\n"}
SPEC = {"artifacts": {"examples": {"artifactType": EXAMPLES}}}


def given(scheme="minio://", folder="bucket/run"):
    examples = {"name": "7", "uri": f"{scheme}{folder}/ExampleGen/examples", "type": {"instanceSchema": ""}}
    report = {"name": "report", "uri": f"{scheme}{folder}/Report/report", "type": {"schemaTitle": "components.Report"}}
    return {
        "inputs": {"artifacts": {"examples": {"artifacts": [examples]}}},
        "outputs": {"artifacts": {"report": {"artifacts": [report]}}, "outputFile": "/tmp/kfp_outputs/output.json"},
    }
