"""One server on loopback for the tests of a module, and clients of it."""

from contextlib import contextmanager

import pytest


@contextmanager
def serving(models, options=None, listening=None, interceptors=()):
    """Run a server in this process; yield its port."""
    from penstock.server.rpc.server import Listening, listen, make_server, stop
    from penstock.server.rpc.services import Options, add_services

    server = make_server(listening or Listening(), interceptors)
    health = add_services(server, models, options or Options())
    port = listen(server, "127.0.0.1", 0)
    server.start()
    try:
        yield port
    finally:
        stop(server, health, 1)


@pytest.fixture(scope="session")
def models(mixed_model, estimator_model):
    """Versions 1 and 2 of `mixed`, the labels `stable` and `canary` for them, and `estimator`."""
    from penstock.server.models.models import ModelConfig, Models, Policy

    labels = {"stable": 1, "canary": 2}
    return Models(
        [ModelConfig("mixed", mixed_model, Policy(every=True), labels), ModelConfig("estimator", estimator_model)]
    )


@pytest.fixture(scope="session")
def calls():
    """What the server observed."""
    return []


@pytest.fixture(scope="session")
def port(models, calls):
    """The port of a server of the models."""
    from penstock.server.rpc.services import Options

    with serving(models, Options(observe=calls.append)) as port:
        yield port


@pytest.fixture(scope="session")
def channel(port):
    import grpc

    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel


@pytest.fixture(scope="session")
def prediction(channel):
    """TensorFlow Serving's own client for predictions."""
    from tensorflow_serving.apis import prediction_service_pb2_grpc

    return prediction_service_pb2_grpc.PredictionServiceStub(channel)


@pytest.fixture(scope="session")
def management(channel):
    """TensorFlow Serving's own client for versions."""
    from tensorflow_serving.apis import model_service_pb2_grpc

    return model_service_pb2_grpc.ModelServiceStub(channel)


@pytest.fixture
def refused():
    """Return a function that calls a method and returns the name of the code and the text of its error."""
    import grpc

    def call(method, request, **options):
        with pytest.raises(grpc.RpcError) as caught:
            method(request, timeout=300, **options)
        return caught.value.code().name, caught.value.details()

    return call
