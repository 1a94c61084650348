"""The recipes of deploy/: they parse, name settings, commands and files that exist, and pass the checks of their programs.

A program that is not installed skips its check: haproxy, systemd-analyze, ansible-playbook, promtool, rsyslogd. With
TESTS_NEED_PROGRAMS, which `.ci/run` sets, the check fails instead.
"""

import json
import os
import re
import shutil
import subprocess

import jinja2
import pytest
import yaml

from tests.house.test_docs import VARIABLE, commands
from tests.started_servers import ROOT

DEPLOY = ROOT / "deploy"
ANSIBLE = DEPLOY / "ansible"
HOSTS = yaml.safe_load((ANSIBLE / "inventory.example.yml").read_text("utf-8"))["all"]
YAML = sorted([*DEPLOY.rglob("*.yml"), *DEPLOY.rglob("*.yaml")])
UNITS = sorted((DEPLOY / "systemd").iterdir())
COMMAND = re.compile(r"run\.py ([a-z][a-z-]*)")
# Hardening that every service has.
HARDENING = ("NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "UMask=0077", "User=ecrime")


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, check=False, **more)


def need(program):
    """Skip the test without the program, or fail it in a run that must have all programs."""
    if shutil.which(program) is None:
        refuse = pytest.fail if os.environ.get("TESTS_NEED_PROGRAMS") else pytest.skip
        refuse(f"{program} is not installed")


def render(name, host="db1.example.gov.kh"):
    """Return a template as Ansible fills it for this host; a missing value fails."""
    children = HOSTS["children"]
    hosts = {name: one for group in children.values() for name, one in group["hosts"].items()}
    values = {key: value for key, value in HOSTS["vars"].items() if "{{" not in str(value)}
    values |= {key: "example" for key in HOSTS["vars"] if key not in values}
    values |= hosts[host] | {"hostvars": hosts, "inventory_hostname": host}
    values |= {"groups": {name: list(group["hosts"]) for name, group in children.items()}}
    values |= {"database_host": "127.0.0.1", "database_port": 6432, "redis_url": ""}
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ANSIBLE / "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name).render(values)


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_every_yaml_file_is_read(path):
    assert yaml.safe_load(path.read_text("utf-8"))


@pytest.mark.parametrize("template", sorted(one.name for one in (ANSIBLE / "templates").iterdir()))
def test_every_template_has_all_its_values(template):
    assert render(template).strip()


def test_recipes_name_settings_and_commands_that_exist():
    settings = set(VARIABLE.findall((ROOT / "config.py").read_text("utf-8")))
    for path in (one for one in DEPLOY.rglob("*") if one.is_file()):
        text = path.read_text("utf-8")
        assert set(VARIABLE.findall(text)) <= settings, path
        assert set(COMMAND.findall(text)) <= commands(), path


def test_settings_of_the_server_are_those_that_production_needs():
    names = set(VARIABLE.findall(render("ecrime.env.j2")))
    assert names >= {
        "ECRIME_ENV",
        "ECRIME_SECRET_KEY",
        "ECRIME_HOSTS",
        "ECRIME_TRUSTED_PROXIES",
        "ECRIME_AUDIT_KEY_FILE",
    }
    assert "ECRIME_OWNER_DATABASE_URL" not in names, "the service must not own the tables"


@pytest.mark.parametrize(
    "path", [one for one in UNITS if one.suffix == ".service"], ids=lambda path: path.name
)
def test_service_is_hardened_and_runs_a_command(path):
    text = path.read_text("utf-8")
    assert all(line in text for line in HARDENING)
    assert re.search(r"^ExecStart=/usr/bin/python3 run\.py ", text, re.MULTILINE)


def test_each_timer_has_its_service():
    timers = {one.stem for one in UNITS if one.suffix == ".timer"}
    assert timers and timers <= {one.stem for one in UNITS if one.suffix == ".service"}


def test_systemd_accepts_the_units(tmp_path):
    need("systemd-analyze")
    for path in UNITS:
        (tmp_path / path.name).write_text(path.read_text("utf-8").replace("/usr/bin/python3", "/bin/true"))
    checked = run("systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.iterdir())))
    assert checked.returncode == 0 and "ecrime" not in checked.stderr, checked.stderr


def test_haproxy_accepts_its_configuration(tmp_path):
    need("haproxy")
    path = tmp_path / "haproxy.cfg"
    path.write_text(render("haproxy.cfg.j2"))
    checked = run("haproxy", "-c", "-f", str(path))
    assert checked.returncode == 0, checked.stderr + checked.stdout


def test_patroni_keeps_a_synchronous_standby():
    patroni = yaml.safe_load(render("patroni.yml.j2", "db3.example.gov.kh"))
    assert patroni["bootstrap"]["dcs"]["synchronous_mode"] is True and patroni["tags"]["nosync"] is True
    assert {"encoding": "UTF8"} in patroni["bootstrap"]["initdb"] and {"locale": "C.UTF-8"} in patroni[
        "bootstrap"
    ]["initdb"]
    assert yaml.safe_load(render("patroni.yml.j2"))["tags"]["nosync"] is False
    assert len(patroni["etcd3"]["hosts"]) == 3


def test_ansible_accepts_the_playbooks():
    need("ansible-playbook")
    for name in ("one.yml", "nation.yml"):
        words = ("ansible-playbook", "--syntax-check", "-i", "inventory.example.yml", name)
        checked = run(*words, cwd=ANSIBLE)
        assert checked.returncode == 0, checked.stderr


def test_prometheus_accepts_the_alert_rules():
    need("promtool")
    checked = run("promtool", "check", "rules", str(DEPLOY / "prometheus/ecrime.rules.yml"))
    assert checked.returncode == 0, checked.stderr


def test_rsyslog_accepts_its_configuration(tmp_path):
    need("rsyslogd")
    main = tmp_path / "rsyslog.conf"  # as that of Debian, which includes the files of rsyslog.d
    main.write_text(f'global(workDirectory="{tmp_path}")\ninclude(file="{DEPLOY}/rsyslog/ecrime.conf")\n')
    checked = run("rsyslogd", "-N1", "-f", str(main))
    assert checked.returncode == 0, checked.stderr


def test_containers_have_no_public_port_except_the_proxy():
    compose = yaml.safe_load((DEPLOY / "container/compose.yaml").read_text("utf-8"))
    services = compose["services"]
    assert [name for name, one in services.items() if "ports" in one] == ["proxy"]
    assert services.keys() >= {"register", "worker", "database", "queue", "proxy"}
    used = {name for one in services.values() for name in one["networks"]}
    assert used == compose["networks"].keys()


def test_image_holds_no_data_and_no_tests():
    ignored = (ROOT / ".containerignore").read_text("utf-8").split()
    assert {".git", "var", "practice-data", "tests"} <= set(ignored)
    recipe = (DEPLOY / "container/Containerfile").read_text("utf-8")
    assert (
        "USER ecrime" in recipe
        and json.loads(re.search(r"^CMD (\[.*\])$", recipe, re.MULTILINE)[1])[0] == "serve"
    )
