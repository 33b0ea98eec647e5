"""Networks that come with the package. All are made up: none contains a real bridge."""

from nagamochi.datasets.example_town import EXAMPLE_TOWN_BUDGET, example_town, write_example_town
from nagamochi.datasets.paper_ten import PAPER_TEN_BUDGET, paper_ten

__all__ = ["EXAMPLE_TOWN_BUDGET", "PAPER_TEN_BUDGET", "example_town", "paper_ten", "write_example_town"]
