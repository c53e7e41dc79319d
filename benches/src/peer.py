# HyperQueue's own module, timed from submission until everything has finished. Its wait asks once a second, so this asks
# oftener; asking aborts that wait by an exception, which is all the module offers.
import json, os, resource, sys, time
from importlib.metadata import version

from hyperqueue import Job, LocalCluster
from hyperqueue.cluster import WorkerConfig


class Asked(Exception):
    pass


def has_finished(client, job):
    seen = []

    def ask(jobs):
        seen.append(jobs)
        raise Asked()

    try:
        client.connection.wait_for_jobs((job.id,), ask)
    except Asked:
        pass
    return all(one["finished"] + one["failed"] == one["total"] for one in (seen[0].values() if seen else []))


def cpu():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def rate(client, count, where, files):
    streams = {} if files else {"stdout": None, "stderr": None}
    used, begin = cpu(), time.perf_counter()
    job = Job(default_workdir=where)
    for i in range(count):
        job.program(["true", str(i)], **streams)
    job = client.submit(job)
    while not has_finished(client, job):
        time.sleep(0.02)
    took = time.perf_counter() - begin
    client.wait_for_jobs([job])  # raises if any has failed
    return {"seconds": took, "cpu": cpu() - used}


def latency(client, where, mark):
    """One task for each line that is read, so many seconds later: until its process has come to its end, and until a client
    hears of it."""
    fifo = os.path.abspath(os.path.join(where, "ended"))
    os.mkfifo(fifo)
    pipe = os.open(fifo, os.O_RDWR)
    for line in sys.stdin:
        time.sleep(float(line))
        job = Job(default_workdir=where)
        job.program([mark, "mark", fifo], stdout=None, stderr=None)
        begin = time.perf_counter()
        job = client.submit(job)
        os.read(pipe, 1)
        ended = time.perf_counter() - begin
        while not has_finished(client, job):
            time.sleep(0.002)
        yield {"seconds": ended, "heard": time.perf_counter() - begin}


def main():
    kind, where = sys.argv[1:3]
    # What the server prints about itself is not for the one who reads us.
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    tell = lambda what: out.write(json.dumps(what) + "\n")
    with LocalCluster(worker_config=WorkerConfig(cores=os.cpu_count())) as cluster:
        client = cluster.client()
        time.sleep(0.5)  # until its worker has come
        if kind == "rate":
            tell(rate(client, int(sys.argv[3]), where, sys.argv[4] == "files"))
        else:
            tell({"version": version("hyperqueue")})
            for answer in latency(client, where, sys.argv[3]):
                tell(answer)


main()
