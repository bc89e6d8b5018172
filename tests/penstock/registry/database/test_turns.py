import threading
import time

from penstock.registry.database.turns import Turns


def test_threads_get_their_turns_in_the_order_in_which_they_asked():
    turns, order, threads = Turns(), [], []
    assert turns.acquire(60)

    def take(number):
        assert turns.acquire(60)
        order.append(number)
        turns.release()

    for number in range(20):
        threads.append(threading.Thread(target=take, args=(number,)))
        threads[-1].start()
        while len(turns._waiting) <= number:
            time.sleep(0.001)
    turns.release()
    for thread in threads:
        thread.join(60)
    assert order == list(range(20))


def test_turn_that_does_not_come_in_time_is_given_up_and_the_next_one_comes():
    turns = Turns()
    assert turns.acquire(60)
    assert not turns.acquire(0.01)
    turns.release()
    assert turns.acquire(60)
