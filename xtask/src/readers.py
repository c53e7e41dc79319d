"""Gives documents that pelago printed to the readers of others: readers.py PELAGO FOLDER SCHEMAS

FOLDER has a folder for each language. ARC reads xRSL and ADL, and its reading is compared with that of pelago; Globus
reads RSL and prints it again, which has to mean the same; schemas judge WfFormat and TES. SCHEMAS is the folder with the
schemas, or `-`. Prints what was read, or what differs, and then ends with 1.
"""

import ctypes
import json
import os
import re
import subprocess
import sys

PELAGO, FOLDER, SCHEMAS = sys.argv[1:]
differences = []


def documents(language):
    folder = os.path.join(FOLDER, language)
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def differs(path, what):
    differences.append(f"{path}: {what}")


def pelago(*arguments):
    done = subprocess.run([PELAGO, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.stdout


def activities(text):
    """ARC's client reads one activity a document; its service takes several in one element."""
    start = re.search(r"<ActivityDescriptions([^>]*)>", text)
    if not start:
        return [text]
    inner = re.findall(r"<ActivityDescription>.*?</ActivityDescription>", text, re.S)
    return [one.replace("<ActivityDescription>", f"<ActivityDescription{start.group(1)}>", 1) for one in inner]


def arc(language, arcs_name, parts):
    import arc

    arc.Logger.getRootLogger().removeDestinations()
    count = 0
    for path in documents(language):
        theirs = []
        for part in parts(open(path).read()):
            jobs = arc.JobDescriptionList()
            verdict = arc.JobDescription.Parse(part, jobs, arcs_name, "")
            if not verdict:
                differs(path, f"refused: {verdict.str()}")
            theirs += [of_arc(job) for job in jobs]
        said = json.loads(pelago("plan", "--ground", "--json", "--language", language, path))
        ours = [of_model(job) for job in said.get("jobs", [{}])]
        for mine, other in zip(ours, theirs):
            for name in mine:
                if mine[name] != other[name]:
                    differs(path, f"{name} is {mine[name]!r}, and to ARC {other[name]!r}")
        if len(ours) != len(theirs):
            differs(path, f"{len(ours)} jobs, and to ARC {len(theirs)}")
        count += len(ours)
    return count


def of_model(job):
    application = job.get("application", {})
    command = (application.get("commands") or [{}])[0]
    stream = lambda name: command.get(name, {}).get("path", "")
    return {
        "name": job.get("name", ""),
        "program": command.get("executable", {}).get("text", ""),
        "arguments": [argument.get("text", "") for argument in command.get("arguments", [])],
        "input": stream("input"),
        "output": stream("output"),
        "error": stream("error"),
        "environment": [(one.get("name", ""), one.get("value", "")) for one in application.get("environment", [])],
        "queue": job.get("resources", {}).get("queue", ""),
    }


def of_arc(job):
    application = job.Application
    return {
        "name": job.Identification.JobName,
        "program": application.Executable.Path,
        "arguments": list(application.Executable.Argument),
        "input": application.Input,
        "output": application.Output,
        "error": application.Error,
        "environment": [(pair[0], pair[1]) for pair in application.Environment],
        "queue": job.Resources.QueueName,
    }


def globus():
    library = ctypes.CDLL("libglobus_rsl.so.2")
    library.globus_rsl_parse.restype = ctypes.c_void_p
    library.globus_rsl_parse.argtypes = [ctypes.c_char_p]
    library.globus_rsl_unparse.restype = ctypes.c_char_p
    library.globus_rsl_unparse.argtypes = [ctypes.c_void_p]
    for path in documents("rsl"):
        tree = library.globus_rsl_parse(open(path, "rb").read())
        if not tree:
            differs(path, "refused by Globus")
            continue
        again = path + ".again"
        with open(again, "wb") as file:
            file.write(library.globus_rsl_unparse(tree))
        ours, theirs = (pelago("translate", "--language", "rsl", "--to", "rsl", one) for one in (path, again))
        os.remove(again)
        if not ours or ours != theirs:
            differs(path, f"printed again by Globus it says\n{theirs}")
    return len(documents("rsl"))


def valid(language, schema):
    import jsonschema

    judge = jsonschema.Draft7Validator(schema)
    for path in documents(language):
        for error in judge.iter_errors(json.load(open(path))):
            differs(path, f"{list(error.path)}: {error.message[:200]}")
    return len(documents(language))


def schema(ending):
    import yaml

    [name] = [name for name in os.listdir(SCHEMAS) if name.endswith(ending)]
    return yaml.safe_load(open(os.path.join(SCHEMAS, name)))


told = [
    f"ARC reads {arc('xrsl', 'nordugrid:xrsl', lambda text: [text])} jobs of xRSL",
    f"and {arc('adl', 'emies:adl', activities)} of ADL as they were meant",
    f"Globus {globus()} requests of RSL",
]
if SCHEMAS != "-":
    tes = schema("task_execution_service.openapi.yaml")
    task = {"components": tes["components"], "$ref": "#/components/schemas/tesTask"}
    told.append(f"{valid('wfformat', schema('wfcommons-schema.json'))} WfFormat and {valid('tes', task)} TES documents are valid")
else:
    told.append("the schemas of WfFormat and TES are not here")
print("\n".join(differences[:8]) if differences else ", ".join(told))
sys.exit(1 if differences else 0)
