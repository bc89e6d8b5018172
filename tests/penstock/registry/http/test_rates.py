from penstock.registry.http.rates import Rates


def test_tokens_and_addresses_are_counted_each():
    rates = Rates(2, 0)
    assert [rates.wait("Bearer a", "1.1.1.1") > 0 for _ in range(2)] == [False, False]
    assert rates.wait("Bearer b", "1.1.1.1") == rates.wait(None, "1.1.1.1") == 0


def test_rate_of_zero_is_no_limit():
    rates = Rates(0, 0)
    assert all(rates.wait("Bearer a", "1.1.1.1") == 0 for _ in range(100))


def test_storage_has_no_token():
    rates = Rates(2, 0)
    rates.wait("Bearer secret", "1.1.1.1")
    assert "secret" not in str(rates._limiter.storage.storage)
