"""What a model raises when there is no number to show: the sentence is the result."""


class NoNumberError(Exception):
    """There is no estimate, and the message says why in words for a reader.

    `reason` is a short code in snake case, such as 'separation', for tables and programs.
    """

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        if " " in reason:
            raise ValueError(f"{reason!r} is no code: write it in snake case")
        self.reason = reason


class NotEstimableError(NoNumberError):
    """The data hold no answer to the question asked."""


class NotConvergedError(NoNumberError):
    """No maximum was found that two optimisers agree on."""
