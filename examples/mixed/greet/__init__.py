"""Greets people."""


def greet(name: str) -> str:
    """Says hello.

    >>> greet("Ada")
    'Hello, Ada!'
    """
    return f"Hello, {name}!"


class Greeter:
    """Greets with a word of its own.

    >>> Greeter("Ahoy").greet("Ada")
    'Ahoy, Ada!'
    """

    def __init__(self, word: str) -> None:
        self.word = word

    def greet(self, name: str) -> str:
        return f"{self.word}, {name}!"
