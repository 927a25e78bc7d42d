"""Why a function in the sandbox gave no answer."""


class Unavailable(Exception):
    """No child could be started, or none that is confined. Nothing of the file was read: try again later."""


class NotLoaded(Exception):
    """The function needed code that its module had not imported. That is our mistake, and says nothing about the file.

    Not Unavailable, which waits without end: a child that was taken over could claim it again and again.
    """


class Killed(Exception):
    """Another process ended the child. That says nothing about the file: try again."""


class SandboxError(Exception):
    """The function did not return an answer."""


class TooSlow(SandboxError):
    """The child used up its CPU time or its elapsed time."""


class TooLarge(SandboxError):
    """The child asked for more memory, or wrote more bytes, than its limits allow."""


class Broken(SandboxError):
    """The function raised an error, or the child crashed."""
