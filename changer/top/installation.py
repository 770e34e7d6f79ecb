"""Whether what draws the screen is installed: textual is optional."""

from __future__ import annotations

from changer.errors import ToolMissing


def require_textual() -> None:
    """Raise ToolMissing without textual, or what that needs."""
    try:
        import textual.app  # noqa: F401
    except ImportError as error:
        raise ToolMissing(
            f"changer top needs textual, which draws on terminals ({error})",
            hint="pip install 'changer[top]'; on Debian 13: apt install python3-textual; "
            "changer top --once works without it",
        ) from error
