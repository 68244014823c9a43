"""Functions of libraries replaced and put back."""

from __future__ import annotations

from collections.abc import Callable

from sonde.sdk.instrument.patch import Function, Patch


class Library:
    def greet(self, name: str) -> str:
        """Greet."""
        return f"hello {name}"


class Derived(Library):
    """Inherits what is patched."""


def louder(original: Function) -> Function:
    def greet(library: Library, name: str) -> str:
        return str(original(library, name)).upper()

    return greet


def test_a_patched_function_is_called_until_it_is_switched_off() -> None:
    patch = Patch(Library, "greet", louder)
    assert Library().greet("you") == "hello you"
    patch.on()
    patch.on()
    assert Library().greet("you") == "HELLO YOU"
    assert Library.greet.__doc__ == "Greet."
    patch.off()
    assert Library().greet("you") == "hello you"


def test_a_patch_of_an_inherited_function_leaves_nothing_behind() -> None:
    patch = Patch(Derived, "greet", louder)
    patch.on()
    assert (Derived().greet("you"), Library().greet("you")) == ("HELLO YOU", "hello you")
    patch.off()
    assert "greet" not in vars(Derived)


def test_what_others_patch_later_stays_and_the_original_runs_below() -> None:
    class Own(Library):
        def greet(self, name: str) -> str:
            return f"hi {name}"

    patch = Patch(Own, "greet", louder)
    patch.on()
    below: Callable[..., str] = Own.greet

    def greet(self: Own, name: str) -> str:
        return below(self, name) + "!"

    Own.greet = greet
    patch.off()
    assert Own().greet("you") == "hi you!"
