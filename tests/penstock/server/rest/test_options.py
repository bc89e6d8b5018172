from penstock.server.rest.options import Options


def test_by_default_the_paths_are_those_of_tensorflow_serving():
    options = Options()
    assert (options.prefix, options.metrics_path) == ("", "/monitoring/prometheus/metrics")
    assert options.live() is True
    assert (options.metrics, options.ready, options.cors) == (None, None, False)
