"""The metrics, in processes of their own: the client library looks for its folder when it is imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.http.processes import METRIC_FILES

PROJECT = Path(__file__).resolve().parents[4]
COUNT = """
import sys
from pathlib import Path
from penstock.server.process.metrics import Answered, Metrics
metrics = Metrics(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
metrics.in_flight("REST", 1)
metrics.answered(Answered("REST", "predict", "taxi", "3", "OK"), 0.002)
metrics.answered(Answered("REST", "predict", "", "", "NOT_FOUND"), 0.002)
metrics.ran("taxi", 3, 100, 0.001)
metrics.batched("taxi", 2, 5, 0.001)
metrics.loaded(Path("/models/taxi/3"), "taxi", 1.5, "")
metrics.loaded(Path("/models/taxi/4"), "taxi", 1.5, "DATA_LOSS")
metrics.warmed_up(Path("/models/taxi/3"), 10, 0.5)
metrics.changed("taxi", 3, "AVAILABLE")
print(metrics.text().decode())
"""
EXPECTED = """
:tensorflow:serving:request_count{model_name="taxi",status="OK"} 2.0
:tensorflow:serving:request_latency_count{API="predict",entrypoint="REST",model_name="taxi"} 2.0
:tensorflow:serving:request_latency_sum{API="predict",entrypoint="REST",model_name="taxi"} 4000.0
:tensorflow:serving:runtime_latency_count{API="Predict",model_name="taxi",runtime="TF1"} 2.0
:tensorflow:serving:request_example_count_total{model="taxi"} 200.0
:tensorflow:serving:model_warmup_latency_count{model_path="/models/taxi/3",status="OK"} 2.0
:tensorflow:cc:saved_model:load_attempt_count{model_path="/models/taxi/3",status="success"} 2.0
:tensorflow:cc:saved_model:load_attempt_count{model_path="/models/taxi/4",status="fail"} 2.0
penstock_requests_total{code="OK",method="predict",model="taxi",protocol="REST",version="3"} 2.0
penstock_requests_total{code="NOT_FOUND",method="predict",model="",protocol="REST",version=""} 2.0
penstock_request_seconds_bucket{le="0.0025",model="taxi",protocol="REST",version="3"} 2.0
penstock_call_seconds_count{model="taxi",version="3"} 2.0
penstock_batch_rows_sum{model="taxi"} 10.0
penstock_batch_requests_sum{model="taxi"} 4.0
penstock_queue_seconds_count{model="taxi"} 2.0
penstock_load_seconds_count{code="OK",model="taxi"} 2.0
penstock_load_seconds_count{code="DATA_LOSS",model="taxi"} 2.0
penstock_version_state{model="taxi",version="3"} 30.0
"""


@pytest.mark.slow
def test_metrics_are_those_of_all_processes_with_the_names_of_tensorflow_serving(tmp_path):
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        ran = subprocess.run(
            [sys.executable, "-c", COUNT, str(tmp_path)], cwd=PROJECT, env=environment, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr
    lines = set(ran.stdout.splitlines())
    assert set(EXPECTED.split("\n")) - {""} - lines == set()
    assert "# TYPE :tensorflow:serving:request_count counter" in lines
    assert {file.name.rpartition("_")[0] for file in tmp_path.glob("*.db")} <= set(METRIC_FILES)


def test_one_process_keeps_its_metrics_in_memory(tmp_path):
    ran = subprocess.run([sys.executable, "-c", COUNT], cwd=PROJECT, capture_output=True, text=True)
    lines = set(ran.stdout.splitlines())
    assert ':tensorflow:serving:request_count{model_name="taxi",status="OK"} 1.0' in lines, ran.stderr
    assert ':tensorflow:serving:request_example_count_total{model="taxi"} 100.0' in lines
    assert 'penstock_version_state{model="taxi",version="3"} 30.0' in lines
