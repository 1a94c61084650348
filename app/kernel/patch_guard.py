"""Guard of the `*_patches.py` modules, the only ones that use a private name of a library.

Each patch states its measured gain and has a test that fails when the library changes. One that gains less than 5 %
of a page or 10 % of a job is removed.
"""

from importlib.metadata import version


def require_version(package, *prefixes):
    """Raise RuntimeError if the installed version of `package` is not one for which its patches were tested."""
    installed = version(package)
    if not installed.startswith(prefixes):
        raise RuntimeError(
            f"{package} {installed} is installed. Its patches were tested with {' and '.join(prefixes)} only:"
            " run the tests of the patches, then change the version here."
        )
