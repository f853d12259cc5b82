"""A commented study file to start from."""

from pathlib import Path

from study.errors import UserError
from study.file import FILE_NAME

TEMPLATE = Path(__file__).with_name("template.toml")


def write_template(folder: Path) -> Path:
    """Write a commented study.toml into a folder, making the folder where needed.

    Returns the file's path. The file is valid as it stands, so that it can be changed step by step
    and checked after each. An existing study file is never overwritten.
    """
    file = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as new:
            new.write(TEMPLATE.read_text(encoding="utf-8"))
    except FileExistsError:
        if not file.exists():
            raise UserError(f"{folder} is a file, not a folder. Choose another place.") from None
        raise UserError(
            f"{file} exists already and was left as it is. Choose another folder, or move it away."
        ) from None
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror}.") from error
    return file
