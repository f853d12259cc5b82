"""The study file that `rapport init` writes."""

import re

import pytest

from study.definition import Study
from study.errors import UserError
from study.file import load_study
from study.template import TEMPLATE, write_template

# Examples that exclude another one in the file.
EXCLUSIVE = ("time_origin", "[sources.answers.columns]", '"How I feel 1"')


def test_it_is_valid_as_it_stands(tmp_path):
    file = write_template(tmp_path / "new" / "study")
    assert file == tmp_path / "new" / "study" / "study.toml"
    assert load_study(file).study.id == "my_study"


def test_its_commented_examples_are_valid_too(tmp_path):
    lines = []
    for line in TEMPLATE.read_text(encoding="utf-8").splitlines():
        example = re.match(r'# (\[|\w+ = |"How)', line)
        is_usable = example and not line.startswith(tuple(f"# {name}" for name in EXCLUSIVE))
        lines.append(line[2:] if is_usable else line)
    (tmp_path / "study.toml").write_text("\n".join(lines), encoding="utf-8")
    study = load_study(tmp_path)
    assert [source.id for source in study.sources][-1] == "surveys_long"
    assert study.variants


def test_it_shows_every_section(tmp_path):
    text = TEMPLATE.read_text(encoding="utf-8")
    for name in set(Study.model_fields) - {"folder", "digest"}:
        assert re.search(rf"^(# )?\[+{name}\b", text, flags=re.MULTILINE), name


def test_it_never_overwrites(tmp_path):
    (tmp_path / "study.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="exists already"):
        write_template(tmp_path)
    assert (tmp_path / "study.toml").read_text(encoding="utf-8") == "mine"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(UserError, match="Choose another place"):
        write_template(tmp_path / "taken")
