"""What a state table is made of: named states, and the steps between them."""

from dataclasses import dataclass

from marketplace.domain.errors import NotFound, WrongState


@dataclass(frozen=True)
class Step:
    """A move: from any state in `from_` to `to`. `title` is the button, `done` the history line."""

    name: str
    from_: frozenset[str]
    to: str
    title: str = ""
    done: str = ""


def step(name: str, from_: str, to: str, title: str = "", done: str = "") -> Step:
    """A move from the states named in `from_`, apart by spaces; `done` is the title if none is."""
    return Step(name, frozenset(from_.split()), to, title, done or title)


class Machine:
    """A table of steps over named states."""

    def __init__(self, name: str, states: dict[str, str], *steps: Step):
        self.name, self.states = name, states
        self.steps = {step.name: step for step in steps}
        for step in steps:
            unknown = (step.from_ | {step.to}) - set(states)
            if unknown:
                raise ValueError(f"{name}.{step.name}: unknown states {unknown}")

    def step(self, name: str) -> Step:
        """The step called `name`; a name from a URL that is no step raises NotFound."""
        if name not in self.steps:
            raise NotFound
        return self.steps[name]

    def next(self, state: str, name: str) -> str:
        """The state after the step; raises WrongState when it is not open from `state`."""
        step = self.step(name)
        if state not in step.from_:
            raise WrongState
        return step.to

    def open(self, state: str) -> tuple[Step, ...]:
        return tuple(step for step in self.steps.values() if state in step.from_)
