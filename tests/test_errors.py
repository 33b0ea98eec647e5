import pickle

import pytest

from nagamochi.base import arguments
from nagamochi.errors import InvalidInput, Problem


def test_problem_names_the_place_the_rule_and_the_value():
    assert str(Problem("must be above 0", "-3", "horizon")) == "horizon: must be above 0; got -3"
    assert (
        str(Problem("must be from 1 to 5", "5.7", "town/curves.csv", row=3, column="health"))
        == "town/curves.csv, row 3, column health: must be from 1 to 5; got 5.7"
    )


def test_message_shows_the_first_20_problems_and_how_many_more():
    problems = [Problem("must be above 0", "0", "curves.csv", row=row) for row in range(2, 27)]
    lines = str(InvalidInput(problems, unlisted=1_000)).split("\n")
    assert lines[:20] == [str(problem) for problem in problems[:20]]
    assert lines[20:] == ["and 1,005 more"]
    assert str(InvalidInput(problems[:20])) == "\n".join(lines[:20])


def test_invalid_input_survives_pickling():
    error = InvalidInput([Problem("must be above 0", "0", "life")], unlisted=2)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.problems, copy.unlisted) == (str(error), error.problems, 2)


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: arguments.threads(-1), "threads: must be a whole number from 0 to 1024; got -1"),
        (lambda: arguments.threads("two"), "threads: must be a whole number from 0 to 1024; got 'two'"),
        (lambda: arguments.horizon(0), "horizon: must be a whole number from 1 to 1000; got 0"),
        (lambda: arguments.horizon(50.0), "horizon: must be a whole number from 1 to 1000; got 50.0"),
        (lambda: arguments.horizon(True), "horizon: must be a whole number from 1 to 1000; got True"),
        (lambda: arguments.whole_number("seed", -2, at_least=0), "seed: must be a whole number, at least 0; got -2"),
        (
            lambda: arguments.number("discount_rate", float("nan"), at_least=0),
            "discount_rate: must be a finite number, at least 0; got nan",
        ),
        (
            lambda: arguments.number("rate", 1.5, at_least=0, at_most=1),
            "rate: must be a finite number, at least 0, at most 1; got 1.5",
        ),
        (lambda: arguments.number("rate", None), "rate: must be a finite number; got None"),
        (lambda: arguments.one_of("memo", "of", ("off", "run")), "memo: must be one of off, run; got 'of'"),
    ],
)
def test_arguments_are_refused_with_one_sentence(check, message):
    with pytest.raises(InvalidInput) as refusal:
        check()
    assert str(refusal.value) == message


def test_threads_0_means_every_core_allowed():
    assert arguments.threads(0) >= 1
    assert arguments.threads(7) == 7
