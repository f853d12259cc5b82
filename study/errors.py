"""The one kind of error that a person can repair, and how it is said."""


class UserError(Exception):
    """Something the person at the keyboard can put right; shown without a traceback.

    The message says what is wrong, where (file, row, column or key path), what was expected and
    what to do. It never holds a value that came from a participant.
    """

    exit_code = 2
