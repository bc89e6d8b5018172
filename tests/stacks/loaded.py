"""Run by a stack: loads compiled pipelines with the kfp package, and prints the tasks that it finds in each file.

python loaded.py FILE...
"""

import json
import sys
from pathlib import Path

from google.protobuf import json_format
from kfp import components
from kfp.pipeline_spec import pipeline_spec_pb2


def tasks_of(file: Path) -> list[str]:
    """Return the names of the tasks, as the loader of KFP's compiler reads them."""
    if file.suffix == ".yaml":
        specification = components.load_component_from_file(str(file)).component_spec
        return sorted(specification.implementation.graph.root.dag.tasks)
    specification = json.loads(file.read_text())["pipelineSpec"]
    return sorted(json_format.ParseDict(specification, pipeline_spec_pb2.PipelineSpec()).root.dag.tasks)


if __name__ == "__main__":
    json.dump({Path(file).name: tasks_of(Path(file)) for file in sys.argv[1:]}, sys.stdout)
