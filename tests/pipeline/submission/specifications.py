"""A small compiled pipeline for the tests of submission: two nodes, and the parameters of a run."""

from pathlib import Path

import yaml

TEXT = {"parameterType": "STRING", "isOptional": True}


def specification(*, target: str = "kubeflow", span: bool = False, root: str = "gs://mine/runs") -> dict:
    kinds = {"ExampleGen": "container", "Resolver": "container" if target == "kubeflow" else "resolver"}
    bodies = {"container": {"image": "penstock:1", "command": ["python"]}, "resolver": {}}
    names = ("source", "model", *(("span",) if span else ()))
    return {
        "schemaVersion": "2.1.0",
        "sdkVersion": "tfx-1.16.0",
        "pipelineInfo": {"name": "taxi"},
        "defaultPipelineRoot": root,
        "root": {
            "dag": {
                "tasks": {
                    "ExampleGen": {"componentRef": {"name": "ExampleGen"}, "taskInfo": {"name": "ExampleGen"}},
                    "Resolver": {
                        "componentRef": {"name": "Resolver"},
                        "taskInfo": {"name": "Resolver"},
                        "cachingOptions": {"enableCache": True},
                    },
                }
            },
            "inputDefinitions": {"parameters": {name: {**TEXT, "defaultValue": name} for name in names}},
        },
        "components": {name: {"executorLabel": f"{name}_executor"} for name in kinds},
        "deploymentSpec": {
            "executors": {f"{name}_executor": {kind: dict(bodies[kind])} for name, kind in kinds.items()}
        },
    }


def written(folder: Path, *documents: dict, name: str = "taxi-kubeflow.yaml") -> Path:
    file = folder / name
    file.write_text(yaml.safe_dump_all(documents or [specification()]))
    return file
